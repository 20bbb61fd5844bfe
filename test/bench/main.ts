import { mkdir, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { compareApps } from './modes/apps.js';
import { timeBoots } from './modes/boot.js';
import { compareClientCredentials, SERVICE_STACKS } from './modes/client-credentials.js';
import { ADAPTERS, compare, es256VsHs256, peerCpuVsOurs, verdictOf } from './modes/compare.js';
import { watchMemory } from './modes/memory.js';
import { profile } from './modes/profile.js';
import { compareRefreshes, REFRESH_STACKS, refreshVerdictOf } from './modes/refresh.js';
import { timeRevocations } from './modes/revocation.js';
import { compareRevoked } from './modes/revoked.js';
import { drawPicture } from './report/draw-picture.js';
import { median, rounded } from './report/statistics.js';
import { compareRows, formatTable, layerRows, plainRows } from './report/table.js';

const PICTURE = new URL('../../../docs/images/bench.svg', import.meta.url);
const PROFILED_FUNCTIONS = 60;

const say = (text: string) => process.stdout.write(`${text}\n`);

async function runComparison(isQuick: boolean): Promise<object> {
  const rounds = await compare(
    isQuick
      ? { requestsPerRun: 2500, rounds: 9, patienceMs: 80_000, layers: false }
      : { requestsPerRun: 4000, rounds: 15, patienceMs: 600_000, layers: true },
  );
  const rows = compareRows(rounds);
  say(`medians of ${rounds.count} interleaved rounds\n\n${formatTable(rows)}\n`);
  if (!isQuick) {
    say(`what each layer adds to the row above it, on Fastify\n\n${formatTable(layerRows(rounds))}\n`);
    await mkdir(new URL('.', PICTURE), { recursive: true });
    await writeFile(PICTURE, drawPicture(rows));
  }
  const [fastify, express] = ADAPTERS.map((adapter) => {
    const { throughputVsPeer, addedCpuVsFloor } = verdictOf(rounds, adapter);
    say(
      `${adapter}: ${throughputVsPeer.toFixed(2)} × the peer's throughput (${peerCpuVsOurs(rounds, adapter).toFixed(2)} × by CPU alone), ${addedCpuVsFloor.toFixed(2)} × what the floor adds`,
    );
    return { throughputVsPeer: rounded(throughputVsPeer), addedCpuVsFloor: rounded(addedCpuVsFloor) };
  });
  say(`ES256 users: ${es256VsHs256(rounds).toFixed(3)} × the CPU of HS256 users`);
  return { fastify, express, es256VsHs256: rounded(es256VsHs256(rounds), 3) };
}

async function runApps(): Promise<object> {
  const verdict = await compareApps();
  const { fewCpuMicroseconds, manyCpuMicroseconds, manyVsFew, pairs } = verdict;
  say(
    `10 apps: ${fewCpuMicroseconds.toFixed(1)} µs, 100,000 apps: ${manyCpuMicroseconds.toFixed(1)} µs of CPU`,
  );
  say(`${manyVsFew.toFixed(3)} × (median of ${pairs} pairs)`);
  return { manyVsFew: rounded(manyVsFew, 3), pairs };
}

async function runMemory(): Promise<object> {
  const samples = await watchMemory();
  for (const { atSeconds, requests, heapMiB, residentMiB } of samples)
    say(
      `${atSeconds} s: ${requests} requests, heap ${heapMiB.toFixed(1)} MiB, resident ${residentMiB.toFixed(1)} MiB`,
    );
  const heaps = samples.map(({ heapMiB }) => heapMiB);
  return { heapGrowthMiB: rounded((heaps.at(-1) ?? 0) - (heaps[0] ?? 0), 1) };
}

async function runBoot(): Promise<object> {
  const tookMs = await timeBoots();
  say(`start to ready: ${tookMs.map((ms) => ms.toFixed(0)).join(', ')} ms`);
  return { bootMs: Math.round(median(tookMs)) };
}

async function runProfile(): Promise<object> {
  const functions = await profile({ stack: 'portcullis', adapter: 'fastify' });
  const top = functions.slice(0, PROFILED_FUNCTIONS);
  for (const { where, share } of top) say(`${(share * 100).toFixed(2).padStart(6)} %  ${where}`);
  return { top: top.map(({ where, share }) => [where, rounded(share, 4)]) };
}

async function runRefresh(): Promise<object> {
  const rounds = await compareRefreshes();
  say(
    `refreshes, medians of ${rounds.count} interleaved rounds\n\n${formatTable(plainRows(rounds, REFRESH_STACKS))}\n`,
  );
  const { vsOidcOnPostgres, vsOidcInMemory, vsPlain } = refreshVerdictOf(rounds);
  say(
    `portcullis: ${vsOidcOnPostgres.toFixed(2)} × oidc-provider on PostgreSQL, ${vsOidcInMemory.toFixed(2)} × in memory, ${vsPlain.toFixed(2)} × node:http that issues nothing`,
  );
  return {
    vsOidcOnPostgres: rounded(vsOidcOnPostgres),
    vsOidcInMemory: rounded(vsOidcInMemory),
    vsPlain: rounded(vsPlain),
    rounds: rounds.count,
  };
}

async function runClientCredentials(): Promise<object> {
  const rounds = await compareClientCredentials();
  say(
    `tokens for a client itself, medians of ${rounds.count} interleaved rounds\n\n${formatTable(plainRows(rounds, SERVICE_STACKS))}\n`,
  );
  const over = (name: string) => rounds.ratio((of) => of('portcullis') / of(name), 'perSecond');
  const [vsOidcInMemory, vsPlain] = [over('oidc-memory'), over('plain')];
  const byCpu = rounds.ratio((of) => of('oidc-memory') / of('portcullis'), 'cpuMicroseconds');
  say(
    `portcullis on PostgreSQL: ${vsOidcInMemory.toFixed(2)} × oidc-provider in memory (${byCpu.toFixed(2)} × by CPU), ${vsPlain.toFixed(2)} × node:http that issues nothing`,
  );
  return { vsOidcInMemory: rounded(vsOidcInMemory), byCpu: rounded(byCpu), rounds: rounds.count };
}

async function runRevoked(): Promise<object> {
  const { noneCpuMicroseconds, millionCpuMicroseconds, millionVsNone, bytesEach, pairs } =
    await compareRevoked();
  say(
    `no revocations: ${noneCpuMicroseconds.toFixed(1)} µs, 1,000,000 live ones: ${millionCpuMicroseconds.toFixed(1)} µs of CPU, ${bytesEach.toFixed(0)} bytes each`,
  );
  say(`${millionVsNone.toFixed(3)} × (median of ${pairs} pairs)`);
  return { millionVsNone: rounded(millionVsNone, 3), bytesEach: Math.round(bytesEach), pairs };
}

async function runRevocation(): Promise<object> {
  const figures = { redis: await timeRevocations('redis'), notify: await timeRevocations('notify') };
  for (const [name, via] of Object.entries(figures))
    say(
      `${name === 'redis' ? 'with Redis' : 'without Redis'}: ${via.revocations} revocations, refused everywhere after p50 ${via.p50Ms.toFixed(1)}, p95 ${via.p95Ms.toFixed(1)}, p99 ${via.p99Ms.toFixed(1)}, at most ${via.maxMs.toFixed(1)} ms; beside ${via.loadPerSecond.toFixed(0)} requests/s, ${via.wrongfulRefusals} of them refused; ${via.lateAcceptances} accepted afterwards`,
    );
  return figures;
}

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    apps: { type: 'boolean', default: false },
    memory: { type: 'boolean', default: false },
    boot: { type: 'boolean', default: false },
    profile: { type: 'boolean', default: false },
    refresh: { type: 'boolean', default: false },
    'client-credentials': { type: 'boolean', default: false },
    revocation: { type: 'boolean', default: false },
    revoked: { type: 'boolean', default: false },
  },
});

function run(): Promise<object> {
  if (values.apps) return runApps();
  if (values.memory) return runMemory();
  if (values.boot) return runBoot();
  if (values.profile) return runProfile();
  if (values.refresh) return runRefresh();
  if (values['client-credentials']) return runClientCredentials();
  if (values.revoked) return runRevoked();
  if (values.revocation) return runRevocation();
  return runComparison(values.quick);
}

run().then(
  (result) => values.json && say(JSON.stringify(result)),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exit(1);
  },
);
