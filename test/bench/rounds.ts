import { setTimeout as delay } from 'node:timers/promises';
import type { LoadResult } from './load/run-load.js';
import type { SigningOrder } from './load/sign-requests.js';
import { LoadGenerator } from './processes/load-generator.js';
import { Server, type ServerOrder } from './processes/server.js';
import { median } from './report/statistics.js';
import { ALL_LAYERS } from './stacks/stack.js';

/** Who takes part: a server, and which batch of requests it gets. Several may share a server. */
export interface Contestant {
  readonly name: string;
  readonly server: string;
  readonly batch: string;
}

export interface Sample extends LoadResult {
  readonly cpuMicroseconds: number;
}

export interface RoundsOrder {
  readonly servers: Readonly<Record<string, ServerOrder>>;
  readonly batches: Readonly<Record<string, SigningOrder>>;
  readonly contestants: readonly Contestant[];
  readonly rounds: number;
  /** No further round begins that would not end in time; three are run whatever it takes. */
  readonly patienceMs: number;
}

const FEWEST_ROUNDS = 3;
/** Compiled code settles after some ten thousand requests. */
const WARM_UP_ROUNDS = 4;
/** Of the patience, so much may go into warming up. */
const WARM_UP_SHARE = 0.4;
const SIGN_AGAIN_AFTER_MS = 30_000;
/** Without a journal a node takes nothing that an earlier life of it may have admitted: 10 s, and a little. */
export const CLAIMS_OPEN_AFTER_MS = 11_000;

/** What was measured, round by round. */
export class Rounds {
  constructor(private readonly samples: ReadonlyMap<string, readonly Sample[]>) {}

  get count(): number {
    return Math.min(...[...this.samples.values()].map(({ length }) => length));
  }

  of(name: string, value: keyof Sample): number {
    return median(this.valuesOf(name, value));
  }

  /** Of what was measured in one round, for the machine may be another in the next; then the median. */
  ratio(over: (value: (name: string) => number) => number, value: keyof Sample): number {
    const ratios = Array.from({ length: this.count }, (_, round) =>
      over((name) => this.valuesOf(name, value)[round] as number),
    );
    return median(ratios);
  }

  private valuesOf(name: string, value: keyof Sample): number[] {
    const samples = this.samples.get(name);
    if (!samples) throw new Error(`${name} took no part`);
    return samples.map((sample) => sample[value]);
  }
}

async function measure(load: LoadGenerator, server: Server, batch: string, count: number): Promise<Sample> {
  const before = await server.cpuMicroseconds();
  const result = await load.run(batch, server.port);
  return { ...result, cpuMicroseconds: ((await server.cpuMicroseconds()) - before) / count };
}

async function startServers(orders: RoundsOrder['servers']): Promise<Map<string, Server>> {
  const servers = new Map<string, Server>();
  for (const [name, order] of Object.entries(orders)) servers.set(name, await Server.start(order));
  return servers;
}

/** Before the load: a server that has refused nothing yet is compiled for a world without refusals. */
async function checkServers(
  { servers: orders, batches, contestants }: RoundsOrder,
  parts: Parts,
): Promise<void> {
  for (const { server, batch } of contestants) {
    const { stack, options } = orders[server] as ServerOrder;
    const looks =
      stack === 'floor' || stack === 'peer' || (stack === 'portcullis' && options.layers === ALL_LAYERS);
    if (looks)
      await parts.load.check((parts.servers.get(server) as Server).port, batches[batch] as SigningOrder);
  }
}

interface Parts {
  readonly load: LoadGenerator;
  readonly servers: ReadonlyMap<string, Server>;
}

async function playRound(
  { batches, contestants }: RoundsOrder,
  { load, servers }: Parts,
  round: number,
): Promise<Map<string, Sample>> {
  const played = new Map<string, Sample>();
  let signedAt = 0;
  for (let turn = 0; turn < contestants.length; turn++) {
    // Nobody always follows the same one.
    const { name, server, batch } = contestants[(turn + round) % contestants.length] as Contestant;
    const { count } = batches[batch] as SigningOrder;
    // Everybody gets the same requests, unless it takes so long that their signatures would be too old.
    if (Date.now() - signedAt > SIGN_AGAIN_AFTER_MS) {
      for (const [name, order] of Object.entries(batches)) await load.sign(name, order);
      signedAt = Date.now();
    }
    played.set(name, await measure(load, servers.get(server) as Server, batch, count));
  }
  return played;
}

/** First those that can be: the others open meanwhile. */
async function warmUp(order: RoundsOrder, parts: Parts, startedAt: number): Promise<void> {
  const openAt = Date.now() + CLAIMS_OPEN_AFTER_MS;
  const endAt = startedAt + order.patienceMs * WARM_UP_SHARE;
  const opensLate = ({ server }: Contestant) => order.servers[server]?.stack === 'portcullis';
  const early = order.contestants.filter((contestant) => !opensLate(contestant));
  await checkServers({ ...order, contestants: early }, parts);
  for (let round = 0; round < WARM_UP_ROUNDS && Date.now() < openAt; round++)
    await playRound({ ...order, contestants: early }, parts, round);
  await delay(Math.max(0, openAt - Date.now()));
  const late = order.contestants.filter(opensLate);
  await checkServers({ ...order, contestants: late }, parts);
  for (let round = 0; round < WARM_UP_ROUNDS && Date.now() < endAt; round++)
    await playRound({ ...order, contestants: late }, parts, round);
}

async function playAll(order: RoundsOrder, parts: Parts, startedAt: number): Promise<Rounds> {
  const endAt = startedAt + order.patienceMs;
  const samples = new Map<string, Sample[]>(order.contestants.map(({ name }) => [name, []]));
  for (let round = 0; round < order.rounds; round++) {
    const startedAt = Date.now();
    for (const [name, sample] of await playRound(order, parts, round)) samples.get(name)?.push(sample);
    const tookMs = Date.now() - startedAt;
    if (round + 1 >= FEWEST_ROUNDS && Date.now() + tookMs > endAt) break;
  }
  return new Rounds(samples);
}

/** Runs every contestant once a round, round after round, all servers living at the same time. */
export async function playRounds(order: RoundsOrder): Promise<Rounds> {
  const startedAt = Date.now();
  const servers = await startServers(order.servers);
  const load = new LoadGenerator();
  try {
    await warmUp(order, { load, servers }, startedAt);
    return await playAll(order, { load, servers }, startedAt);
  } finally {
    await load.stop();
    for (const server of servers.values()) await server.stop();
  }
}
