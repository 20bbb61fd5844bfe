import { setTimeout as delay } from 'node:timers/promises';
import { describeWithOwnPostgres, OwnPostgresServer } from '../support/own-postgres-server.js';
import { describeWithOwnRedis, OwnRedisServer } from '../support/own-redis-server.js';
import { RevokedLoad } from '../support/revoked-load.js';
import { TokenClient } from '../support/token-client.js';
import { TokenCluster } from '../support/token-cluster.js';
import { buildTokenHost } from '../support/token-host-process.js';
import { TokenLoad } from '../support/token-load.js';

const LOAD_MS = 60_000;
const BREAKS_AT_MS = 15_000;
/** Shorter than the grace: a rotation whose answer was lost is asked for again when the database is back. */
const AWAY_MS = 20_000;
const RECOVERED_WITHIN_MS = 5_000;
/** So that the outage is longer than it. */
const BOUND_SECONDS = 10;
const PHONES = 12;
const OPAQUE_PHONES = 3;
const REFRESH_EVERY_MS = 3_000;
const SIGN_IN_PAUSE_MS = 500;

interface Servers {
  readonly postgres: OwnPostgresServer;
  readonly redis: OwnRedisServer;
}

interface Outage {
  readonly title: string;
  readonly breaks: (servers: Servers) => unknown;
  readonly mends: (servers: Servers) => unknown;
  /** Whether a revocation can be recorded meanwhile. */
  readonly records: boolean;
}

const OUTAGES: readonly Outage[] = [
  {
    title: '[N03] Redis is killed',
    breaks: ({ redis }) => redis.kill(),
    mends: ({ redis }) => redis.run(),
    records: true,
  },
  {
    title: '[N05] Redis is frozen',
    breaks: ({ redis }) => redis.freeze(),
    mends: ({ redis }) => redis.thaw(),
    records: true,
  },
  {
    title: '[N06] PostgreSQL is killed',
    breaks: ({ postgres }) => postgres.kill(),
    mends: ({ postgres }) => postgres.run(),
    records: false,
  },
  {
    title: '[N06] PostgreSQL is frozen',
    breaks: ({ postgres }) => postgres.freeze(),
    mends: ({ postgres }) => postgres.thaw(),
    records: false,
  },
];

const describeWithBoth = describeWithOwnPostgres === describe ? describeWithOwnRedis : describe.skip;

describeWithBoth('Three processes under load', () => {
  let servers: Servers;
  let cluster: TokenCluster;

  beforeAll(async () => {
    buildTokenHost();
    servers = { postgres: await OwnPostgresServer.start(), redis: await OwnRedisServer.start() };
    cluster = await TokenCluster.start({
      databaseUrl: servers.postgres.url,
      redisUrl: servers.redis.url,
      options: { revocation: { staleAfterSeconds: BOUND_SECONDS, strictStaleAfterSeconds: 3 } },
    });
  }, 90_000);
  afterAll(async () => {
    const codes = await cluster.stop();
    await servers.redis.end();
    await servers.postgres.end();
    expect(codes).toEqual([0, 0, 0]);
  }, 60_000);

  const signedIn = async (kind: 'tokens' | 'opaque'): Promise<TokenClient> => {
    const phone = await TokenClient.register(cluster.admin, kind);
    phone.take(await cluster.send(0, phone.prepareSignIn()));
    for (const node of cluster.nodes)
      expect((await cluster.send(node, phone.prepareGet('/mine'))).status).toBe(200);
    return phone;
  };

  /** By its token, by its family, and by its user. Undefined when nobody answered. */
  const revoke = async (victim: TokenClient, way: number): Promise<number | undefined> => {
    const { jti, familyId, userId } = victim.ids;
    const target = [{ familyId }, { jti }, { userId }][way % 3] as object;
    const answer = await cluster.admin.call('POST', '/revocations', target).catch(() => undefined);
    return answer?.status;
  };

  /** Somebody signs in again and again. */
  const keepSigningIn = (isOver: () => boolean): Promise<string[]> =>
    signedIn('tokens').then(async (phone) => {
      const wrongful: string[] = [];
      for (let turn = 0; !isOver(); turn++) {
        const node = turn % cluster.nodes.length;
        const answer = await cluster.send(node, phone.prepareSignIn()).catch(() => undefined);
        if (answer?.status !== 201 && answer?.status !== 503)
          wrongful.push(`${answer?.status} ${answer?.code}`);
        await delay(SIGN_IN_PAUSE_MS);
      }
      return wrongful;
    });

  /** Every node serves strict routes and refreshes again. */
  const recovery = async (phones: readonly TokenClient[]): Promise<number> => {
    const startedAt = performance.now();
    const recovered = async (node: number): Promise<void> => {
      const phone = phones[node] as TokenClient;
      for (;;) {
        const strict = await cluster.send(node, phone.prepareGet('/strict')).catch(() => undefined);
        const refreshed = await cluster.send(node, phone.prepareRefresh()).catch(() => undefined);
        if (strict?.status === 200 && refreshed?.status === 200) return;
        await delay(20);
      }
    };
    await Promise.all(cluster.nodes.map(recovered));
    return performance.now() - startedAt;
  };

  it.each(OUTAGES)(
    'admit nobody wrongly and log nobody out while $title',
    async (outage) => {
      const phones = await Promise.all(
        Array.from({ length: PHONES }, (_, at) => signedIn(at < OPAQUE_PHONES ? 'opaque' : 'tokens')),
      );
      const victims = await Promise.all(Array.from({ length: 12 }, () => signedIn('tokens')));
      const spares = await Promise.all(cluster.nodes.map(() => signedIn('tokens')));
      const load = new TokenLoad({
        cluster,
        phones,
        refreshEveryMs: REFRESH_EVERY_MS,
        mayAlsoAnswer: [503],
        paths: ['/mine', '/mine', '/strict'],
      });
      const thieves = new RevokedLoad(cluster);
      const takeVictim = async (way: number): Promise<number | undefined> => {
        const victim = victims.pop() as TokenClient;
        const status = await revoke(victim, way);
        if (status === 201) thieves.steal(victim, way % 3 === 1 ? 'access-token' : 'session');
        return status;
      };

      const startedAt = performance.now();
      const until = (ms: number) => delay(Math.max(0, startedAt + ms - performance.now()));
      load.start();
      const signIns = keepSigningIn(() => performance.now() > startedAt + LOAD_MS);
      for (let way = 0; way < 3; way++) expect(await takeVictim(way)).toBe(201);
      await until(BREAKS_AT_MS);
      // What is revoked in the last moment nobody may have heard of yet.
      for (let way = 0; way < 3; way++) expect(await takeVictim(way)).toBe(201);
      await outage.breaks(servers);
      const meanwhile = await Promise.all([0, 1, 2].map(takeVictim));
      await until(BREAKS_AT_MS + AWAY_MS);
      await outage.mends(servers);
      const recoveredAfterMs = await recovery(spares);
      for (let way = 0; way < 3; way++) expect(await takeVictim(way)).toBe(201);
      await until(LOAD_MS);
      await load.stop();
      await thieves.stop();

      process.stdout.write(
        `${outage.title}: back after ${recoveredAfterMs.toFixed(0)} ms; ${load.summary}; ${thieves.victims} revoked, tried ${thieves.tries} times, accepted for ${thieves.longestAcceptedForMs.toFixed(0)} ms at most; revocations meanwhile ${meanwhile.join(', ')}\n`,
      );
      expect(load.wrongful).toEqual([]);
      expect(await signIns).toEqual([]);
      expect(thieves.longestAcceptedForMs).toBeLessThan(BOUND_SECONDS * 1000);
      if (outage.records) expect(meanwhile).toEqual([201, 201, 201]);
      else expect(meanwhile).not.toContain(201);
      expect(recoveredAfterMs).toBeLessThan(RECOVERED_WITHIN_MS);
    },
    120_000,
  );
});
