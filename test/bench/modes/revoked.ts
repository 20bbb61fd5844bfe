import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { LoadGenerator } from '../processes/load-generator.js';
import { TokenHost, type Issued } from '../processes/token-host.js';
import { Rounds, type Sample } from '../rounds.js';

const LIVE_REVOCATIONS = 1_000_000;
const CHUNK = 50_000;
const PAIRS = 15;
const WARM_UP_PAIRS = 4;
const REQUESTS = 20_000;
const TOKENS = 200;
const NAMES = ['none', 'a million'] as const;
/** What was recorded is read again and again for so long. */
const READ_AGAIN_MS = 15_000;
const GIVE_UP_AFTER_MS = 180_000;

export interface RevokedVerdict {
  readonly noneCpuMicroseconds: number;
  readonly millionCpuMicroseconds: number;
  /** CPU of a request beside a million live revocations ÷ beside none, median of the pairs; at most 1.1. */
  readonly millionVsNone: number;
  /** Of memory, for each revocation; at most 200. */
  readonly bytesEach: number;
  readonly pairs: number;
}

/** Tokens by their ids, sessions by theirs: as another node would have recorded them. */
const RECORD = `INSERT INTO portcullis_changes (kind, subject, recorded_at, expires_at)
  SELECT CASE WHEN at % 2 = 0 THEN 'revoked-token' ELSE 'revoked-session' END,
    translate(encode(decode(md5($1 || at::text), 'hex'), 'base64'), '+/=', '-_'), now(), now() + interval '1 hour'
  FROM generate_series(1, $2::int) AS at`;
const RECORD_ONE = `INSERT INTO portcullis_changes (kind, subject, recorded_at, expires_at)
  VALUES ('revoked-token', $1, now(), now() + interval '1 hour')`;

function tokenIdOf(token: string): string {
  const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as {
    jti: string;
  };
  return claims.jti;
}

/** Until the node has read them all: the last of them is of a token that was admitted, and is not any more. */
async function revokeMany(host: TokenHost, { appId, tokens }: Issued): Promise<void> {
  const lastToken = tokens.at(-1) as string;
  if ((await host.statusOf(appId, lastToken)) !== 200) throw new Error('a token is refused before its time');
  const client = new Client({ connectionString: host.database.url });
  await client.connect();
  for (let recorded = 0; recorded < LIVE_REVOCATIONS; recorded += CHUNK)
    await client.query(RECORD, [`${recorded}:`, CHUNK]);
  await client.query(RECORD_ONE, [tokenIdOf(lastToken)]);
  await client.end();
  const giveUpAt = Date.now() + GIVE_UP_AFTER_MS;
  while ((await host.statusOf(appId, lastToken)) !== 401) {
    if (Date.now() > giveUpAt) throw new Error('the node does not hear of a million revocations');
    await delay(1_000);
  }
  await delay(READ_AGAIN_MS);
}

interface Parts {
  readonly load: LoadGenerator;
  readonly hosts: Readonly<Record<(typeof NAMES)[number], TokenHost>>;
}

async function playPair({ load, hosts }: Parts, pair: number): Promise<Map<string, Sample>> {
  const played = new Map<string, Sample>();
  for (let turn = 0; turn < NAMES.length; turn++) {
    const name = NAMES[(turn + pair) % NAMES.length] as (typeof NAMES)[number];
    const before = await hosts[name].cpuMicroseconds();
    const result = await load.run(name, hosts[name].port);
    const cpuMicroseconds = ((await hosts[name].cpuMicroseconds()) - before) / REQUESTS;
    played.set(name, { ...result, cpuMicroseconds });
  }
  return played;
}

async function playPairs(parts: Parts): Promise<Rounds> {
  for (let pair = 0; pair < WARM_UP_PAIRS; pair++) await playPair(parts, pair);
  const samples = new Map<string, Sample[]>(NAMES.map((name) => [name, []]));
  for (let pair = 0; pair < PAIRS; pair++)
    for (const [name, sample] of await playPair(parts, pair)) samples.get(name)?.push(sample);
  return new Rounds(samples);
}

async function prepare({ load, hosts }: Parts): Promise<number> {
  for (const name of NAMES) {
    const issued = await hosts[name].issue(TOKENS + 1);
    const order = { path: '/mine', count: REQUESTS, appId: issued.appId, answer: { id: issued.userId } };
    await load.bear(name, { ...order, tokens: issued.tokens.slice(0, TOKENS) });
    await load.run(name, hosts[name].port);
    if (name === 'a million') {
      const { heapBytes } = await hosts[name].memory();
      await revokeMany(hosts[name], issued);
      return ((await hosts[name].memory()).heapBytes - heapBytes) / LIVE_REVOCATIONS;
    }
  }
  return Number.NaN;
}

/** Whether a request costs more beside very many live revocations, and what each of them takes. */
export async function compareRevoked(): Promise<RevokedVerdict> {
  const load = new LoadGenerator();
  const hosts = { none: await TokenHost.start(), 'a million': await TokenHost.start() };
  try {
    const bytesEach = await prepare({ load, hosts });
    const rounds = await playPairs({ load, hosts });
    return {
      noneCpuMicroseconds: rounds.of('none', 'cpuMicroseconds'),
      millionCpuMicroseconds: rounds.of('a million', 'cpuMicroseconds'),
      millionVsNone: rounds.ratio((of) => of('a million') / of('none'), 'cpuMicroseconds'),
      bytesEach,
      pairs: rounds.count,
    };
  } finally {
    await load.stop();
    for (const host of Object.values(hosts)) await host.stop();
  }
}
