import { randomBytes } from 'node:crypto';
import type { SigningOrder } from '../load/sign-requests.js';
import { playRounds, type Contestant } from '../rounds.js';
import type { ServerOrder } from '../processes/server.js';
import { ALL_LAYERS } from '../stacks/stack.js';

const FEW = 10;
const MANY = 100_000;
/** Each round is a pair. */
const PAIRS = 15;
const REQUESTS = 5000;

export interface AppsVerdict {
  readonly fewCpuMicroseconds: number;
  readonly manyCpuMicroseconds: number;
  /** Median over the pairs; at most 1.1. */
  readonly manyVsFew: number;
  readonly pairs: number;
}

/** Whether it costs more to be one of very many apps. The phones are spread over all of them. */
export async function compareApps(): Promise<AppsVerdict> {
  const seed = randomBytes(32).toString('hex');
  const servers: Record<string, ServerOrder> = {};
  const batches: Record<string, SigningOrder> = {};
  const contestants: Contestant[] = [];
  for (const appCount of [FEW, MANY]) {
    const name = String(appCount);
    const options = { adapter: 'fastify', seed, appCount, layers: ALL_LAYERS } as const;
    servers[name] = { stack: 'portcullis', options };
    batches[name] = { seed, count: REQUESTS, appCount, scheme: 'hawk', userTokens: 'HS256' };
    contestants.push({ name, server: name, batch: name });
  }
  const rounds = await playRounds({ servers, batches, contestants, rounds: PAIRS, patienceMs: 300_000 });
  return {
    fewCpuMicroseconds: rounds.of(String(FEW), 'cpuMicroseconds'),
    manyCpuMicroseconds: rounds.of(String(MANY), 'cpuMicroseconds'),
    manyVsFew: rounds.ratio((of) => of(String(MANY)) / of(String(FEW)), 'cpuMicroseconds'),
    pairs: rounds.count,
  };
}
