import { randomBytes } from 'node:crypto';
import type { SigningOrder } from '../load/sign-requests.js';
import type { ServerOrder } from '../processes/server.js';
import { playRounds, type Contestant, type Rounds } from '../rounds.js';
import { ALL_LAYERS } from '../stacks/stack.js';

export interface CompareOptions {
  readonly requestsPerRun: number;
  readonly rounds: number;
  readonly patienceMs: number;
  /** Measures what each layer adds, too. */
  readonly layers: boolean;
}

export const ADAPTERS = ['fastify', 'express'] as const;

const APP_COUNT = 10;
const HAWK = 'hawk-hs256';
export const HS256_AGAIN = 'fastify portcullis, HS256 users again';
export const ES256_AGAIN = 'fastify portcullis, ES256 users again';

/** The library with its first layers only; `open` is a route that is `@Public()`. */
export const LAYER_STEPS = ['open', 'app key', '+ signature', '+ integrity'] as const;

function serversFor(seed: string, layers: boolean): Record<string, ServerOrder> {
  const options = { seed, appCount: APP_COUNT, layers: ALL_LAYERS, adapter: 'fastify' } as const;
  const servers: Record<string, ServerOrder> = {
    'node:http': { stack: 'plain', options },
    floor: { stack: 'floor', options },
  };
  for (const adapter of ADAPTERS)
    for (const stack of ['bare-nest', 'peer', 'portcullis'] as const)
      servers[`${adapter} ${stack}`] = { stack, options: { ...options, adapter } };
  if (layers)
    for (const [count, step] of LAYER_STEPS.entries())
      servers[`fastify ${step}`] = { stack: 'portcullis', options: { ...options, layers: count } };
  return servers;
}

/** Every server with the same requests, and the library on Fastify with others besides. */
function contestantsOf(servers: Readonly<Record<string, ServerOrder>>): Contestant[] {
  const portcullis = 'fastify portcullis';
  return [
    ...Object.keys(servers).map((server) => ({ name: server, server, batch: HAWK })),
    { name: `${portcullis}, RFC 9421`, server: portcullis, batch: 'rfc9421-hs256' },
    // What differs by a few percent is measured twice, in turns.
    { name: `${portcullis}, ES256 users`, server: portcullis, batch: 'hawk-es256' },
    { name: HS256_AGAIN, server: portcullis, batch: 'hawk-hs256-again' },
    { name: ES256_AGAIN, server: portcullis, batch: 'hawk-es256-again' },
  ];
}

export function compare({ requestsPerRun, rounds, patienceMs, layers }: CompareOptions): Promise<Rounds> {
  const seed = randomBytes(32).toString('hex');
  const servers = serversFor(seed, layers);
  const order = { seed, count: requestsPerRun, appCount: APP_COUNT } as const;
  const batches: Record<string, SigningOrder> = {
    [HAWK]: { ...order, scheme: 'hawk', userTokens: 'HS256' },
    'rfc9421-hs256': { ...order, scheme: 'rfc9421', userTokens: 'HS256' },
    'hawk-es256': { ...order, scheme: 'hawk', userTokens: 'ES256' },
    'hawk-hs256-again': { ...order, scheme: 'hawk', userTokens: 'HS256' },
    'hawk-es256-again': { ...order, scheme: 'hawk', userTokens: 'ES256' },
  };
  return playRounds({ servers, batches, contestants: contestantsOf(servers), rounds, patienceMs });
}

export interface AdapterVerdict {
  /** At least 1.6 on Fastify, 1.3 on Express. */
  readonly throughputVsPeer: number;
  /** CPU added over bare Nest ÷ CPU that the floor adds over plain node:http; at most 1.4 on Fastify. */
  readonly addedCpuVsFloor: number;
}

export function verdictOf(rounds: Rounds, adapter: (typeof ADAPTERS)[number]): AdapterVerdict {
  const portcullis = `${adapter} portcullis`;
  return {
    throughputVsPeer: rounds.ratio((of) => of(portcullis) / of(`${adapter} peer`), 'perSecond'),
    addedCpuVsFloor: rounds.ratio(
      (of) => (of(portcullis) - of(`${adapter} bare-nest`)) / (of('floor') - of('node:http')),
      'cpuMicroseconds',
    ),
  };
}

/** The peer's CPU ÷ the library's: what throughput comes to on a core that nobody else uses. */
export function peerCpuVsOurs(rounds: Rounds, adapter: (typeof ADAPTERS)[number]): number {
  return rounds.ratio((of) => of(`${adapter} peer`) / of(`${adapter} portcullis`), 'cpuMicroseconds');
}

/** CPU of a request by a user with an ES256 token ÷ with an HS256 one; at most 1.15. */
export function es256VsHs256(rounds: Rounds): number {
  return rounds.ratio(
    (of) =>
      (of('fastify portcullis, ES256 users') + of(ES256_AGAIN)) /
      (of('fastify portcullis') + of(HS256_AGAIN)),
    'cpuMicroseconds',
  );
}
