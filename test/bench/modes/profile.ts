import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { LoadGenerator } from '../processes/load-generator.js';
import { Server, type ServerOrder } from '../processes/server.js';
import { selfTimes, type CpuProfile, type SelfTime } from '../report/self-times.js';
import { CLAIMS_OPEN_AFTER_MS } from '../rounds.js';
import { ALL_LAYERS } from '../stacks/stack.js';

export interface ProfileOptions {
  readonly stack: ServerOrder['stack'];
  readonly adapter: 'fastify' | 'express';
}

const REQUESTS = 10_000;
const RUNS = 4;
const APP_COUNT = 10;

/** Where a stack spends its time under full load. */
export async function profile({ stack, adapter }: ProfileOptions): Promise<SelfTime[]> {
  const seed = randomBytes(32).toString('hex');
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-profile-'));
  try {
    const server = await Server.start({
      stack,
      options: { adapter, seed, appCount: APP_COUNT, layers: ALL_LAYERS },
      nodeOptions: ['--cpu-prof', `--cpu-prof-dir=${folder}`],
    });
    const load = new LoadGenerator();
    await delay(CLAIMS_OPEN_AFTER_MS);
    for (let run = 0; run < RUNS; run++) {
      const order = { seed, count: REQUESTS, appCount: APP_COUNT } as const;
      await load.sign('profile', { ...order, scheme: 'hawk', userTokens: 'HS256' });
      await load.run('profile', server.port);
    }
    await load.stop();
    await server.stop();
    const [file = ''] = await readdir(folder);
    return selfTimes(JSON.parse(await readFile(join(folder, file), 'utf8')) as CpuProfile);
  } finally {
    await rm(folder, { recursive: true });
  }
}
