import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { Agent } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDatabase, type OwnDatabase } from '../databases.js';
import { freePort, ServerProcess, type ProcessOrder } from '../processes/server-process.js';
import type { TokenHostOptions } from '../stacks/token-host.js';
import { ask, type Asked, type Told } from './ask.js';

/** `redis`: the sample bank. `notify`: a host whose nodes share nothing but the database, which a bank's cannot. */
export type Announcing = 'redis' | 'notify';

export const NODES = [0, 1, 2] as const;
/** Of each node, for the load and for those who watch. */
const CONNECTIONS = 64;

interface Places {
  readonly database: OwnDatabase;
  readonly folder: string;
  readonly adminKey: string;
  readonly keyRing: string;
  readonly ports: readonly number[];
  readonly redis?: { readonly url: string; readonly process: ServerProcess };
}

const newKey = () => randomBytes(32).toString('base64url');

async function startRedis(folder: string): Promise<Places['redis']> {
  const port = await freePort();
  const options = { port, bind: '127.0.0.1', dir: folder, save: '', appendonly: 'no' };
  const process = await ServerProcess.start({
    program: 'redis-server',
    arguments: Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]),
    greeting: 'Ready to accept connections',
  });
  return { url: `redis://127.0.0.1:${port}`, process };
}

async function preparePlaces(announcing: Announcing): Promise<Places> {
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-revocation-'));
  const places = {
    database: await createDatabase(),
    folder,
    adminKey: newKey(),
    keyRing: newKey(),
    ports: await Promise.all(NODES.map(freePort)),
  };
  const redis = announcing === 'redis' ? await startRedis(folder) : undefined;
  return redis ? { ...places, redis } : places;
}

function bankOrder(places: Places, node: number): ProcessOrder {
  return {
    program: process.execPath,
    arguments: [new URL('../../../../dist/src/main.js', import.meta.url).pathname],
    greeting: 'The sample bank listens',
    variables: {
      DATABASE_URL: places.database.url,
      REDIS_URL: places.redis?.url ?? '',
      DATA_DIR: places.folder,
      PORT: String(places.ports[node]),
      HTTP_ADAPTER: node === 1 ? 'express' : 'fastify',
      LOG_LEVEL: 'warn',
      PORTCULLIS_ADMIN_KEY: places.adminKey,
      PORTCULLIS_KEY_RING: places.keyRing,
      PORTCULLIS_ISSUER: `http://127.0.0.1:${places.ports[0]}`,
    },
  };
}

function hostOrder(places: Places, node: number): ProcessOrder {
  const options: TokenHostOptions = {
    port: places.ports[node] as number,
    origin: `http://127.0.0.1:${places.ports[0]}`,
    databaseUrl: places.database.url,
    adminKey: places.adminKey,
    keyRing: places.keyRing,
  };
  return {
    program: process.execPath,
    arguments: [new URL('../stacks/token-host.js', import.meta.url).pathname],
    greeting: 'ready',
    variables: { TOKEN_HOST: JSON.stringify(options) },
  };
}

/** Three processes on one database, and on one Redis or without. */
export class Cluster {
  private readonly agents = NODES.map(() => new Agent({ keepAlive: true, maxSockets: CONNECTIONS }));

  private constructor(
    private readonly places: Places,
    private readonly processes: readonly ServerProcess[],
  ) {}

  static async start(announcing: Announcing): Promise<Cluster> {
    const places = await preparePlaces(announcing);
    const order = announcing === 'redis' ? bankOrder : hostOrder;
    const starts = NODES.map((node) => ServerProcess.start(order(places, node)));
    return new Cluster(places, await Promise.all(starts));
  }

  ask(node: number, asked: Asked): Promise<Told> {
    return ask(this.places.ports[node] as number, this.agents[node] as Agent, asked);
  }

  /** As the administrator. Throws when it is refused. */
  async administer(node: number, path: string, body: object): Promise<Record<string, unknown>> {
    const headers = { authorization: `Bearer ${this.places.adminKey}` };
    const told = await this.ask(node, { method: 'POST', path: `/admin${path}`, headers, body });
    if (told.status !== 201) throw new Error(`POST /admin${path} is answered ${told.status} ${told.code}`);
    return told.body;
  }

  /** Leaves nothing behind. */
  async stop(): Promise<void> {
    for (const agent of this.agents) agent.destroy();
    await Promise.all(this.processes.map((process) => process.stop()));
    await this.places.redis?.process.stop();
    await this.places.database.drop();
    await rm(this.places.folder, { recursive: true });
  }
}
