import { createSchemas, databaseUrl, dropSchemas } from '../databases.js';
import { RefreshLoadGenerator } from '../processes/refresh-load-generator.js';
import { RefreshServer } from '../processes/refresh-server.js';
import type { RefreshStackName } from '../refresh/serve.js';
import { Rounds, type Sample } from '../rounds.js';

export const SERVICE_STACKS: readonly RefreshStackName[] = ['plain', 'oidc-memory', 'portcullis'];

const ROUNDS = 11;
const WARM_UP_ROUNDS = 3;
const CONNECTIONS = 64;
const REQUESTS_EACH = 64;

interface Service {
  readonly server: RefreshServer;
  readonly secret: string;
}

type Services = ReadonlyMap<RefreshStackName, Service>;

async function measure(load: RefreshLoadGenerator, { server, secret }: Service): Promise<Sample> {
  const before = await server.cpuMicroseconds();
  const run = { port: server.port, secret, connections: CONNECTIONS, requestsEach: REQUESTS_EACH };
  const result = await load.runService(run);
  const cpuMicroseconds = ((await server.cpuMicroseconds()) - before) / (CONNECTIONS * REQUESTS_EACH);
  return { ...result, cpuMicroseconds };
}

async function playAll(load: RefreshLoadGenerator, services: Services): Promise<Rounds> {
  for (const [name, { server, secret }] of services)
    if (name !== 'plain')
      await load.checkService({ port: server.port, secret, connections: 1, requestsEach: 1 });
  const samples = new Map<string, Sample[]>(SERVICE_STACKS.map((name) => [name, []]));
  for (let round = 0; round < WARM_UP_ROUNDS + ROUNDS; round++)
    for (let turn = 0; turn < SERVICE_STACKS.length; turn++) {
      // Nobody always follows the same one.
      const name = SERVICE_STACKS[(turn + round) % SERVICE_STACKS.length] as RefreshStackName;
      const sample = await measure(load, services.get(name) as Service);
      if (round >= WARM_UP_ROUNDS) samples.get(name)?.push(sample);
    }
  return new Rounds(samples);
}

/** Tokens for a client itself (RFC 6749 §4.4): ours on PostgreSQL beside oidc-provider in memory, all living at once. */
export async function compareClientCredentials(): Promise<Rounds> {
  const schemas = await createSchemas(SERVICE_STACKS);
  const services = new Map<RefreshStackName, Service>();
  const load = new RefreshLoadGenerator();
  try {
    for (const name of SERVICE_STACKS) {
      const server = await RefreshServer.start(name, { databaseUrl: databaseUrl(), schema: schemas[name] });
      services.set(name, { server, secret: await server.serviceSecret() });
    }
    return await playAll(load, services);
  } finally {
    await load.stop();
    for (const { server } of services.values()) await server.stop();
    await dropSchemas(schemas);
  }
}
