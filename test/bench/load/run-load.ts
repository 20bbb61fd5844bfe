import { performance } from 'node:perf_hooks';
import { Connection, type Answer } from './connection.js';
import type { SignedRequest } from './sign-requests.js';

export interface LoadResult {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const CONNECTIONS = 16;

function refuseWrong({ status, head, body }: Answer, expected: SignedRequest): void {
  if (status === expected.status && body.equals(expected.body)) return;
  throw new Error(`expected ${expected.status} ${expected.body}, got ${head}\n\n${body}`);
}

/** Sends every request once, as fast as answers come; throws when one is not as it should be. */
export async function runLoad(port: number, requests: readonly SignedRequest[]): Promise<LoadResult> {
  const connections = await Promise.all(Array.from({ length: CONNECTIONS }, () => Connection.open(port)));
  const tookMs = new Float64Array(requests.length);
  let next = 0;
  const work = async (connection: Connection): Promise<void> => {
    while (next < requests.length) {
      const index = next++;
      const request = requests[index] as SignedRequest;
      const sentAt = performance.now();
      const answer = await connection.send(request);
      tookMs[index] = performance.now() - sentAt;
      refuseWrong(answer, request);
    }
  };
  const startedAt = performance.now();
  await Promise.all(connections.map(work));
  const seconds = (performance.now() - startedAt) / 1000;
  for (const connection of connections) connection.close();
  tookMs.sort();
  const quantile = (share: number) => tookMs[Math.floor((tookMs.length - 1) * share)] as number;
  return { perSecond: requests.length / seconds, p50Ms: quantile(0.5), p99Ms: quantile(0.99) };
}
