import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { LoadGenerator } from '../processes/load-generator.js';
import { Server } from '../processes/server.js';
import { CLAIMS_OPEN_AFTER_MS } from '../rounds.js';
import { ALL_LAYERS } from '../stacks/stack.js';

const REQUESTS = 5000;
const APP_COUNT = 10;
/** Short, so that nonces come and go within the minute: as many live at its end as at its beginning. */
const MAX_AGE_SECONDS = 5;
/** Until as many nonces are forgotten as come: their age, the skew of nodes, and the second that `ts` leaves open. */
const SETTLING_SECONDS = 15;
/** And as many tokens: 10,000 of a kind are remembered, and each serves 20 calls. */
const SETTLING_REQUESTS = 220_000;
const LOAD_SECONDS = 60;
const SAMPLE_EVERY_SECONDS = 10;

export interface MemorySample {
  readonly atSeconds: number;
  readonly requests: number;
  readonly heapMiB: number;
  readonly residentMiB: number;
}

const mebibytes = (bytes: number) => bytes / 1_048_576;

/** A minute of full load, and what is left on the heap after a collection, every ten seconds. */
export async function watchMemory(): Promise<MemorySample[]> {
  const seed = randomBytes(32).toString('hex');
  const options = { adapter: 'fastify', seed, appCount: APP_COUNT, layers: ALL_LAYERS } as const;
  const server = await Server.start({
    stack: 'portcullis',
    options: { ...options, maxAgeSeconds: MAX_AGE_SECONDS },
    nodeOptions: ['--expose-gc'],
  });
  const load = new LoadGenerator();
  const samples: MemorySample[] = [];
  let requests = 0;
  const loadUntil = async (endAt: number, atLeast = 0): Promise<void> => {
    while (Date.now() < endAt || requests < atLeast) {
      const order = { seed, count: REQUESTS, appCount: APP_COUNT } as const;
      await load.sign('memory', { ...order, scheme: 'hawk', userTokens: 'HS256' });
      await load.run('memory', server.port);
      requests += REQUESTS;
    }
  };
  try {
    await delay(CLAIMS_OPEN_AFTER_MS);
    await loadUntil(Date.now() + SETTLING_SECONDS * 1000, SETTLING_REQUESTS);
    requests = 0;
    const startedAt = Date.now();
    for (let atSeconds = 0; atSeconds <= LOAD_SECONDS; atSeconds += SAMPLE_EVERY_SECONDS) {
      await loadUntil(startedAt + atSeconds * 1000);
      const { heapBytes, residentBytes } = await server.memory();
      const sizes = { heapMiB: mebibytes(heapBytes), residentMiB: mebibytes(residentBytes) };
      samples.push({ atSeconds, requests, ...sizes });
    }
    return samples;
  } finally {
    await load.stop();
    await server.stop();
  }
}
