import { RefreshLoadGenerator } from '../processes/refresh-load-generator.js';
import { RefreshServer } from '../processes/refresh-server.js';
import type { RefreshStackName } from '../refresh/serve.js';
import { Rounds, type Sample } from '../rounds.js';
import { createSchemas, databaseUrl, dropSchemas } from '../databases.js';

export const REFRESH_STACKS: readonly RefreshStackName[] = [
  'plain',
  'oidc-memory',
  'oidc-postgres',
  'portcullis',
];
const ROUNDS = 11;
/** Compiled code settles after some ten thousand requests. */
const WARM_UP_ROUNDS = 3;
const FAMILIES = 64;
/** Of a family, which is new in each round: oidc-provider's in-memory adapter slows down with the length of the chain. */
const REFRESHES_PER_FAMILY = 64;
const REFRESHES = FAMILIES * REFRESHES_PER_FAMILY;

interface Parts {
  readonly load: RefreshLoadGenerator;
  readonly servers: ReadonlyMap<RefreshStackName, RefreshServer>;
}

async function measure(load: RefreshLoadGenerator, server: RefreshServer): Promise<Sample> {
  const tokens = await server.mint(FAMILIES);
  const before = await server.cpuMicroseconds();
  const result = await load.run({ port: server.port, tokens, refreshesPerFamily: REFRESHES_PER_FAMILY });
  return { ...result, cpuMicroseconds: ((await server.cpuMicroseconds()) - before) / REFRESHES };
}

async function playRound({ load, servers }: Parts, round: number): Promise<Map<RefreshStackName, Sample>> {
  const played = new Map<RefreshStackName, Sample>();
  for (let turn = 0; turn < REFRESH_STACKS.length; turn++) {
    // Nobody always follows the same one.
    const name = REFRESH_STACKS[(turn + round) % REFRESH_STACKS.length] as RefreshStackName;
    played.set(name, await measure(load, servers.get(name) as RefreshServer));
  }
  return played;
}

async function playAll(parts: Parts): Promise<Rounds> {
  for (const [name, server] of parts.servers) {
    const [token = ''] = await server.mint(1);
    if (name !== 'plain') await parts.load.check(server.port, token);
  }
  for (let round = 0; round < WARM_UP_ROUNDS; round++) await playRound(parts, round);
  const samples = new Map<string, Sample[]>(REFRESH_STACKS.map((name) => [name, []]));
  for (let round = 0; round < ROUNDS; round++)
    for (const [name, sample] of await playRound(parts, round)) samples.get(name)?.push(sample);
  return new Rounds(samples);
}

/** Every stack with families of its own, round after round, all servers living at the same time. */
export async function compareRefreshes(): Promise<Rounds> {
  const schemas = await createSchemas(REFRESH_STACKS);
  const servers = new Map<RefreshStackName, RefreshServer>();
  const load = new RefreshLoadGenerator();
  try {
    for (const name of REFRESH_STACKS)
      servers.set(
        name,
        await RefreshServer.start(name, { databaseUrl: databaseUrl(), schema: schemas[name] }),
      );
    return await playAll({ load, servers });
  } finally {
    await load.stop();
    for (const server of servers.values()) await server.stop();
    await dropSchemas(schemas);
  }
}

export interface RefreshVerdict {
  /** Refreshes a second, ours ÷ oidc-provider's on the same PostgreSQL; at least 3. */
  readonly vsOidcOnPostgres: number;
  /** ÷ oidc-provider's in memory; at least 1. */
  readonly vsOidcInMemory: number;
  /** ÷ those of node:http that issues nothing. */
  readonly vsPlain: number;
}

export function refreshVerdictOf(rounds: Rounds): RefreshVerdict {
  const over = (name: RefreshStackName) => rounds.ratio((of) => of('portcullis') / of(name), 'perSecond');
  return {
    vsOidcOnPostgres: over('oidc-postgres'),
    vsOidcInMemory: over('oidc-memory'),
    vsPlain: over('plain'),
  };
}
