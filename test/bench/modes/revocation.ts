import { randomBytes } from 'node:crypto';
import { BackgroundLoad } from '../revocation/background-load.js';
import { Cluster, NODES, type Announcing } from '../revocation/cluster.js';
import { signIn, type Credential, type Customer } from '../revocation/credential.js';
import { isAdmitted, timeRevocation } from '../revocation/watch-revocation.js';

const REVOCATIONS = 500;
/** Signed in at a time: an access token has to live until it is revoked. */
const BATCH = 100;
const CUSTOMERS = 25;
/** Whose sessions hold, for the load. */
const STEADY_SESSIONS = 12;
/** Of five sessions, so many have tokens. */
const WITH_TOKENS_OF_FIVE = 4;
/** Compiled code settles, and every node has its copies. */
const WARM_UP_REVOCATIONS = 25;

export interface RevocationFigures {
  readonly revocations: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  /** At most 250 with Redis, 500 without. */
  readonly p99Ms: number;
  readonly maxMs: number;
  /** Requests of users whose sessions hold, each second, over all nodes. */
  readonly loadPerSecond: number;
  /** Of these, answers that were not 200. */
  readonly wrongfulRefusals: number;
  /** Of what was revoked, what a node admitted when everything was over. */
  readonly lateAcceptances: number;
}

interface World {
  readonly cluster: Cluster;
  readonly apps: Record<'opaque' | 'tokens', string>;
  readonly customers: readonly Customer[];
}

async function populate(cluster: Cluster): Promise<World> {
  const scopes = ['accounts:read'];
  const newApp = async (sessionKind: string): Promise<string> =>
    (await cluster.administer(0, '/apps', { name: 'App', clientType: 'public', scopes, sessionKind }))[
      'id'
    ] as string;
  const apps = { opaque: await newApp('opaque'), tokens: await newApp('tokens') };
  const customers: Customer[] = [];
  while (customers.length < CUSTOMERS) {
    const customer = {
      username: `customer-${customers.length}`,
      password: randomBytes(16).toString('base64url'),
    };
    await cluster.administer(0, '/users', { ...customer, scopes });
    customers.push(customer);
  }
  return { cluster, apps, customers };
}

async function signInMany({ cluster, apps, customers }: World, count: number): Promise<Credential[]> {
  const credentials: Credential[] = [];
  for (let at = 0; at < count; at++) {
    const appId = at % 5 < WITH_TOKENS_OF_FIVE ? apps.tokens : apps.opaque;
    const customer = customers[at % customers.length] as Customer;
    credentials.push(await signIn(cluster, { node: at % NODES.length, appId, customer }));
  }
  return credentials;
}

async function countAdmitted(cluster: Cluster, credentials: readonly Credential[]): Promise<number> {
  let admitted = 0;
  for (const credential of credentials)
    for (const node of NODES) if (await isAdmitted(cluster, node, credential)) admitted++;
  return admitted;
}

interface Measured {
  readonly tookMs: readonly number[];
  readonly lateAcceptances: number;
}

async function revokeMany(world: World, load: BackgroundLoad, count: number): Promise<Measured> {
  const tookMs: number[] = [];
  let lateAcceptances = 0;
  while (tookMs.length < count) {
    load.use(await signInMany(world, STEADY_SESSIONS));
    const credentials = await signInMany(world, Math.min(BATCH, count - tookMs.length));
    for (const credential of credentials)
      tookMs.push(await timeRevocation(world.cluster, credential, tookMs.length));
    lateAcceptances += await countAdmitted(world.cluster, credentials);
  }
  return { tookMs, lateAcceptances };
}

/** How long after its answer a revocation takes effect everywhere, while users go on calling. */
export async function timeRevocations(announcing: Announcing): Promise<RevocationFigures> {
  const cluster = await Cluster.start(announcing);
  try {
    const world = await populate(cluster);
    const load = new BackgroundLoad(cluster, await signInMany(world, STEADY_SESSIONS));
    await revokeMany(world, load, WARM_UP_REVOCATIONS);
    const { tookMs, lateAcceptances } = await revokeMany(world, load, REVOCATIONS);
    const loadPerSecond = load.perSecond;
    await load.stop();
    const sorted = tookMs.toSorted((a, b) => a - b);
    const quantile = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] as number;
    return {
      revocations: tookMs.length,
      p50Ms: quantile(0.5),
      p95Ms: quantile(0.95),
      p99Ms: quantile(0.99),
      maxMs: quantile(1),
      loadPerSecond,
      wrongfulRefusals: load.refusals.length,
      lateAcceptances,
    };
  } finally {
    await cluster.stop();
  }
}
