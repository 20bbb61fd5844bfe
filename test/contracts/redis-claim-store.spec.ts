import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { inspect } from 'node:util';
import { Logger } from '@nestjs/common';
import { connectRedis, RedisClaimStore } from '@portcullis/nest/redis';
import { Redis } from 'ioredis';
import {
  SystemClock,
  type Claim,
  type ClaimStore,
  type Committed,
} from '../../libs/nest/src/pipeline/index.js';
import { TypeOrmReplayJournal } from '../../libs/nest/src/stores/typeorm/typeorm-replay-journal.js';
import {
  behavesLikeAClaimStore,
  claim,
  commit,
  COMMITTED,
  FAR,
  MAX_AHEAD_MS,
  settlesWithin,
  TABLES,
  UNAVAILABLE,
} from '../support/claim-stores.js';
import { describeOnOneDatabase, type OpenedDatabase } from '../support/databases.js';
import { until } from '../support/feed-node.js';
import { describeWithOwnRedis, OwnRedisServer } from '../support/own-redis-server.js';

const url = process.env['REDIS_URL'];
if (url === undefined) process.stdout.write('Redis: skipped, REDIS_URL is not set\n');

beforeAll(() => Logger.overrideLogger(false));

/** For a Redis that shares the machine with other suites. */
const PATIENCE_MS = 1_000;
/** Where what is looked at is how long it takes: as it is unless told otherwise. */
const USUAL = { commandTimeoutMs: 250 };

const describeRedis = url === undefined ? describe.skip : describe;

describeOnOneDatabase('claims in Redis, with a journal', (open) => {
  let database: OpenedDatabase;
  const clients: Redis[] = [];

  beforeAll(async () => (database = await open(TABLES)));
  afterAll(() => database.close());

  beforeEach(async () => {
    await database.dataSource.query('TRUNCATE portcullis_replay_journal, portcullis_parked_claims');
  });

  function disconnect(): void {
    for (const redis of clients.splice(0)) redis.disconnect();
  }

  afterEach(disconnect);

  const journal = () =>
    new TypeOrmReplayJournal(database.dataSource, {
      databaseIsOpenTo: 'many-processes',
      clock: new SystemClock(),
    });

  interface Node {
    readonly store: RedisClaimStore;
    readonly redis: Redis;
  }

  /** Another node: a connection and a store of its own. */
  async function node(
    address: string,
    keyPrefix: string,
    { maxAheadMs = MAX_AHEAD_MS, commandTimeoutMs = PATIENCE_MS } = {},
  ): Promise<Node> {
    const redis = connectRedis(address, { commandTimeoutMs });
    clients.push(redis);
    const store = new RedisClaimStore({
      redis,
      journal: journal(),
      clock: new SystemClock(),
      maxAheadMs,
      keyPrefix,
    });
    await ready(redis);
    return { store, redis };
  }

  describeRedis('on a server that others use, too', () => {
    let keyPrefix: string;
    beforeEach(() => (keyPrefix = `test-${randomUUID()}:`));

    afterEach(async () => {
      jest.restoreAllMocks();
      const redis = clients.find(({ status }) => status === 'ready');
      const keys = (await redis?.keys(`${keyPrefix}*`)) ?? [];
      if (keys.length > 0) await redis?.del(keys);
    });

    behavesLikeAClaimStore(async () => {
      const { store } = await node(url as string, keyPrefix);
      return { store, close: async () => undefined };
    });

    it('refuses nobody when many nodes start at the same moment on nothing', async () => {
      const nodes = await Promise.all([1, 2, 3, 4].map(() => node(url as string, keyPrefix)));
      for (const { store } of nodes) store.onModuleInit();
      const answers = await Promise.all(
        nodes.flatMap(({ store }) => Array.from({ length: 25 }, () => commit(store, claim()))),
      );
      expect(answers.every(({ outcome }) => outcome === 'committed')).toBe(true);
    });

    it('admits one of many that make one claim on different nodes at the same time', async () => {
      const nodes = await Promise.all([1, 2, 3].map(() => node(url as string, keyPrefix)));
      const wanted = claim();
      const answers = await Promise.all(
        nodes.flatMap(({ store }) => Array.from({ length: 50 }, () => commit(store, wanted))),
      );
      expect(answers.filter(({ outcome }) => outcome === 'committed')).toHaveLength(1);
      expect(answers.filter(({ outcome }) => outcome === 'used')).toHaveLength(149);
    });

    it('goes on where it was when a node starts again', async () => {
      const { store: first } = await node(url as string, keyPrefix);
      const used = claim();
      await commit(first, used);
      const { store: second } = await node(url as string, keyPrefix);
      expect(await commit(second, used)).toEqual({ outcome: 'used', claim: used });
      expect(await commit(second, claim())).toEqual(COMMITTED);
    });

    it('[C06] refuses a claim that a node whose clock is ahead may have let go already', async () => {
      const { store } = await node(url as string, keyPrefix);
      const ending = claim(randomUUID(), Date.now() - 62_000, Date.now() + 2_000);
      expect(await commit(store, ending)).toEqual({ outcome: 'forgotten', claim: ending });
    });

    it('[N01] answers 503 while nobody can tell whether another node admits for itself, and goes on after', async () => {
      let nowMs = performance.now();
      jest.spyOn(performance, 'now').mockImplementation(() => nowMs);
      const switched = journal();
      const isStillShared = switched.isStillShared.bind(switched);
      const { redis } = await node(url as string, keyPrefix);
      const store = new RedisClaimStore({
        redis,
        journal: switched,
        clock: new SystemClock(),
        maxAheadMs: MAX_AHEAD_MS,
        keyPrefix,
      });
      expect(store.isUsable()).toBe(false);
      store.onModuleInit();
      expect(await commit(store, claim())).toEqual(COMMITTED);
      let asked = 0;
      switched.isStillShared = () => {
        asked++;
        return Promise.reject(new Error('away'));
      };
      nowMs += 2_000;
      while (asked < 2) await delay(50);
      expect(await commit(store, claim())).toEqual(COMMITTED);
      nowMs += 2_000;
      await expect(commit(store, claim())).rejects.toMatchObject(UNAVAILABLE);
      expect(store.isUsable()).toBe(false);
      switched.isStillShared = isStillShared;
      while (!store.isUsable()) await delay(50);
      expect(await commit(store, claim())).toEqual(COMMITTED);
      store.onApplicationShutdown();
    });

    it('[N24] keeps deployments with different prefixes apart', async () => {
      const one = await node(url as string, keyPrefix);
      const other = await node(url as string, `${keyPrefix}b:`);
      const wanted = claim();
      await commit(one.store, claim());
      expect(await commit(one.store, wanted)).toEqual(COMMITTED);
      expect(await commit(other.store, wanted)).toMatchObject({ outcome: 'forgotten' });
    });

    it('asks Redis once for a request', async () => {
      const { store, redis } = await node(url as string, keyPrefix);
      await commit(store, claim());
      const sent = jest.spyOn(redis, 'sendCommand');
      await commit(store, claim(), claim(), claim());
      expect(sent).toHaveBeenCalledTimes(1);
      sent.mockRestore();
    });

    it('does not take its own slowness for that of Redis', async () => {
      const { store, redis } = await node(url as string, keyPrefix, USUAL);
      await commit(store, claim());
      const { stream } = redis;
      const answers = [claim(), claim()].map((one) => commit(store, one));
      keepBusy(1_000);
      expect(await Promise.all(answers)).toEqual([COMMITTED, COMMITTED]);
      await delay(1_000);
      expect([redis.status, redis.stream === stream]).toEqual(['ready', true]);
    });

    it('[C06] refuses a claim that came to its end while this process was busy', async () => {
      const { store } = await node(url as string, keyPrefix);
      await commit(store, claim());
      const ending = claim(randomUUID(), Date.now() - 57_000, Date.now() + 2_500);
      const answer = commit(store, ending);
      keepBusy(1_000);
      expect(await answer).toEqual({ outcome: 'forgotten', claim: ending });
    });

    it('admits nothing that no layer could have admitted', async () => {
      const { store } = await node(url as string, keyPrefix);
      for (const issuedAt of [Date.now() + MAX_AHEAD_MS + 1_000, Number.NaN])
        await expect(commit(store, claim(randomUUID(), issuedAt, FAR))).rejects.toMatchObject(UNAVAILABLE);
    });

    it('refuses a client that would send later, to another server, what was meant for this one', () => {
      for (const options of [
        { enableOfflineQueue: true, autoResendUnfulfilledCommands: false },
        { enableOfflineQueue: false, autoResendUnfulfilledCommands: true },
      ]) {
        const redis = new Redis({ ...options, lazyConnect: true });
        const sent = { redis, journal: journal(), clock: new SystemClock(), maxAheadMs: MAX_AHEAD_MS };
        expect(() => new RedisClaimStore(sent)).toThrow(/never queues and never resends/);
      }
    });
  });

  describeWithOwnRedis('while Redis fails', () => {
    const AHEAD_MS = 1_500;
    let server: OwnRedisServer;

    beforeEach(async () => (server = await OwnRedisServer.start()));
    afterEach(() => {
      disconnect();
      return server.end();
    });

    const own = (connection = {}) => node(server.url, 'test:', { maxAheadMs: AHEAD_MS, ...connection });

    /** Claims as callers with all sorts of clocks make them, admitted. */
    async function admitSome(store: ClaimStore): Promise<Claim[]> {
      const claims = [-50_000, -1_000, 0, AHEAD_MS - 500].map((age) => claim(randomUUID(), Date.now() + age));
      for (const one of claims) expect(await commit(store, one)).toEqual(COMMITTED);
      return claims;
    }

    /** None of them is admitted again, from now until long after fresh ones are. */
    async function expectNoReplay(store: ClaimStore, admitted: readonly Claim[]): Promise<void> {
      for (const one of admitted) expect(await commit(store, one)).toMatchObject({ outcome: 'forgotten' });
      // Nor what was issued as late as any of them, and is new.
      const early = claim(randomUUID(), Math.max(...admitted.map(({ issuedAt }) => issuedAt)));
      expect(await commit(store, early)).toEqual({ outcome: 'forgotten', claim: early });
      await delay(AHEAD_MS + 50);
      expect(await commit(store, claim())).toEqual(COMMITTED);
      for (const one of admitted) expect((await commit(store, one)).outcome).not.toBe('committed');
    }

    async function readyAgain(...nodes: Node[]): Promise<void> {
      for (const { store } of nodes)
        for (let tries = 0; tries < 400; tries++) {
          if (await commit(store, claim()).catch(() => undefined)) break;
          await delay(50);
        }
    }

    it('refuses nobody on a first start', async () => {
      const { store } = await own();
      expect(await commit(store, claim(randomUUID(), Date.now() - 50_000))).toEqual(COMMITTED);
    });

    it('[N04] admits nothing twice when Redis is emptied', async () => {
      const nodes = [await own(), await own()] as const;
      const admitted = await admitSome(nodes[0].store);
      await nodes[0].redis.flushall();
      await expectNoReplay(nodes[1].store, admitted);
      expect(await commit(nodes[0].store, claim())).toEqual(COMMITTED);
    });

    it('[N04] admits nothing twice when Redis starts again with nothing', async () => {
      const nodes = [await own(), await own()] as const;
      const admitted = await admitSome(nodes[0].store);
      await server.kill();
      await expect(commit(nodes[0].store, claim())).rejects.toMatchObject(UNAVAILABLE);
      await server.run();
      await readyAgain(...nodes);
      await expectNoReplay(nodes[1].store, admitted);
      expect(await commit(nodes[0].store, claim())).toEqual(COMMITTED);
    });

    it('[N04] admits nothing twice when Redis starts again with an old copy, in the middle of everything', async () => {
      const nodes = [await own(), await own()] as const;
      for (const { store } of nodes) await commit(store, claim());
      await nodes[0].redis.save();
      const admitted = await admitSome(nodes[0].store);

      const over = new AbortController();
      const busy = nodes.map(async ({ store }) => {
        while (!over.signal.aborted) {
          const wanted = claim();
          const answer = await commit(store, wanted).catch(() => undefined);
          if (answer?.outcome === 'committed' && !over.signal.aborted) admitted.push(wanted);
          await delay(1);
        }
      });
      await until(() => admitted.length > 20);
      await server.kill();
      over.abort();
      await Promise.all(busy);
      // Not even a journal that is new says that an old copy has no past.
      await database.dataSource.query('TRUNCATE portcullis_replay_journal');
      await server.run();
      await readyAgain(...nodes);

      await expectNoReplay(nodes[0].store, admitted);
    });

    it('[N04] notices the loss with the new connection, before anybody asks', async () => {
      const { store, redis } = await own();
      store.onModuleInit();
      const admitted = await admitSome(store);
      await server.kill();
      await server.run();
      await ready(redis);
      while ((await redis.exists('test:{claims}:epoch').catch(() => 0)) === 0) await delay(20);
      await delay(AHEAD_MS + 50);
      expect(await commit(store, claim())).toEqual(COMMITTED);
      for (const one of admitted) expect((await commit(store, one)).outcome).toBe('forgotten');
    });

    it('[N01] answers 503 within a second while Redis is frozen, and never admits', async () => {
      const one = await own(USUAL);
      await readyAgain(one);
      const { store } = one;
      const used = claim();
      await commit(store, used);
      server.freeze();
      const begun = Date.now();
      while (Date.now() - begun < 3_000) {
        for (const wanted of [used, claim()]) {
          const answer = commit(store, wanted);
          expect(await settlesWithin(1_000, answer)).toBe(true);
          await expect(answer).rejects.toMatchObject(UNAVAILABLE);
        }
        await delay(100);
      }
      server.thaw();
      let answer: Committed | undefined;
      for (let tries = 0; tries < 400 && !answer; tries++) {
        await delay(50);
        answer = await commit(store, used).catch(() => undefined);
      }
      expect(answer).toEqual({ outcome: 'used', claim: used });
      expect(await commit(store, claim())).toEqual(COMMITTED);
    });

    it('[N05] answers 503 within a second while Redis is slow, and what it was asked is had once at most', async () => {
      const one = await own(USUAL);
      await readyAgain(one);
      const { store } = one;
      const admin = connectRedis(server.url, { commandTimeoutMs: PATIENCE_MS });
      await ready(admin);
      await admin.client('PAUSE', 4_000, 'ALL');
      const slow = claim();
      const refused = commit(store, slow);
      expect(await settlesWithin(1_000, refused)).toBe(true);
      await expect(refused).rejects.toMatchObject(UNAVAILABLE);
      await delay(4_200);
      const answers = [];
      for (let tries = 0; tries < 400 && answers.length < 2; tries++) {
        const answer = await commit(store, slow).catch(() => undefined);
        if (answer) answers.push(answer.outcome);
        else await delay(50);
      }
      expect(answers[1]).toBe('used');
      admin.disconnect();
    });

    it('answers 503 when Redis does not know us, and keeps the password to itself', async () => {
      const { redis } = await own();
      await redis.config('SET', 'requirepass', 'the right one');
      const lines: unknown[] = [];
      const log = (...line: unknown[]) => lines.push(...line);
      Logger.overrideLogger({ log, warn: log, error: log });
      const printed = jest.spyOn(console, 'warn').mockImplementation(log);
      const stranger = connectRedis(server.url.replace('//', '//:hunter2@'));
      clients.push(stranger);
      const store = new RedisClaimStore({
        redis: stranger,
        journal: journal(),
        clock: new SystemClock(),
        maxAheadMs: AHEAD_MS,
      });
      await until(() => lines.some((line) => /WRONGPASS/.test(String(line))));
      const refusal: unknown = await commit(store, claim()).catch((error: unknown) => error);
      Logger.overrideLogger(false);
      printed.mockRestore();
      expect(refusal).toMatchObject(UNAVAILABLE);
      expect(lines).toContainEqual(expect.stringMatching(/WRONGPASS/));
      expect(inspect([lines, refusal], { depth: 10 })).not.toContain('hunter2');
    });

    it('answers 503 while the journal is away when a node begins, and when Redis lost its memory', async () => {
      const { store, redis } = await own();
      let isAway = true;
      const switched = journal();
      const share = switched.share.bind(switched);
      switched.share = () => (isAway ? Promise.reject(new Error('away')) : share());
      const clock = new SystemClock();
      const other = new RedisClaimStore({
        redis,
        journal: switched,
        clock,
        maxAheadMs: AHEAD_MS,
        keyPrefix: 'test:',
      });
      await expect(commit(other, claim())).rejects.toMatchObject(UNAVAILABLE);
      expect(await commit(store, claim())).toEqual(COMMITTED);
      isAway = false;
      expect(await commit(other, claim())).toEqual(COMMITTED);
      isAway = true;
      await redis.flushall();
      await expect(commit(other, claim())).rejects.toMatchObject(UNAVAILABLE);
    });
  });
});

describe('the connection to Redis', () => {
  it('never repeats an address that it cannot use', () => {
    for (const address of ['localhost:6379', 'http://:hunter2@localhost', 'hunter2', ''])
      expect(() => connectRedis(address)).toThrow(
        /^The address of Redis must begin with redis:\/\/ or rediss:\/\/$/,
      );
  });
});

async function ready(redis: Redis): Promise<void> {
  // Not `once` of `node:events`: that gives up at the first error, and a server may be about to start.
  if (redis.status !== 'ready') await new Promise((resolve) => redis.once('ready', resolve));
}

/** As a process is that has much to do: nothing that has arrived is read meanwhile. */
function keepBusy(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}
