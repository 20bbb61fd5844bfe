import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { inspect } from 'node:util';
import { Logger } from '@nestjs/common';
import { connectRedis, RedisClaimStore } from '@portcullis/nest/redis';
import { Redis } from 'ioredis';
import {
  claimKey,
  Clock,
  SystemClock,
  type Claim,
  type ClaimStore,
  type Committed,
  type ReplayJournal,
} from '../../libs/nest/src/pipeline/index.js';
import { JournaledClaimStore, MemoryClaimStore } from '../../libs/nest/src/stores/memory/index.js';
import { CreateReplayJournal1764000000100 } from '../../libs/nest/src/stores/typeorm/migrations/1764000000100-create-replay-journal.js';
import { TypeOrmReplayJournal } from '../../libs/nest/src/stores/typeorm/typeorm-replay-journal.js';
import {
  describeOnEachDatabase,
  describeOnEmbeddedDatabase,
  type OpenedDatabase,
} from '../support/databases.js';
import { describeWithOwnRedis, OwnRedisServer } from '../support/own-redis-server.js';

const url = process.env['REDIS_URL'];
if (url === undefined) process.stdout.write('Redis: skipped, REDIS_URL is not set\n');

const MAX_AHEAD_MS = 10_000;
const FAR = Date.now() + 3_600_000;
const COMMITTED = { outcome: 'committed' };
const UNAVAILABLE = { code: 'temporarily_unavailable', status: 503 };
const TABLES = { migrations: [CreateReplayJournal1764000000100] };

beforeAll(() => Logger.overrideLogger(false));

class SettableClock extends Clock {
  offsetMs = 0;

  override now(): number {
    return Date.now() + this.offsetMs;
  }
}

/** Issued and forgotten in real time, as if its signature were admitted for a minute. */
function claim(key: string = randomUUID(), issuedAt = Date.now(), expiresAt = issuedAt + 60_000): Claim {
  return { key, issuedAt, expiresAt, onUsed: 'signature_replayed', onForgotten: 'signature_stale' };
}

/** Thrown or rejected alike. */
async function commit(store: ClaimStore, ...claims: Claim[]): Promise<Committed> {
  return store.commit(claims);
}

interface Opened {
  readonly store: ClaimStore;
  close(): Promise<void>;
}

function behavesLikeAClaimStore(open: (clock: Clock) => Promise<Opened>): void {
  describe('as every store of claims', () => {
    let opened: Opened;
    let store: ClaimStore;

    beforeEach(async () => {
      opened = await open(new SystemClock());
      ({ store } = opened);
    });

    afterEach(() => opened.close());

    it('admits a claim once, and names it to whoever comes again', async () => {
      const [first, other] = [claim(), claim()];
      expect(await commit(store, first)).toEqual(COMMITTED);
      expect(await commit(store, first)).toEqual({ outcome: 'used', claim: first });
      expect(await commit(store, other)).toEqual(COMMITTED);
      expect(await commit(store)).toEqual(COMMITTED);
    });

    it('takes all claims of a request or none', async () => {
      const [used, fresh] = [claim(), claim()];
      await commit(store, used);
      expect(await commit(store, fresh, used)).toEqual({ outcome: 'used', claim: used });
      expect(await commit(store, used, fresh)).toEqual({ outcome: 'used', claim: used });
      expect(await commit(store, fresh, claim())).toEqual(COMMITTED);
      expect(await commit(store, fresh)).toEqual({ outcome: 'used', claim: fresh });
    });

    it('admits one of 200 requests that make one claim at the same time', async () => {
      const wanted = claim();
      const answers = await Promise.all(
        Array.from({ length: 200 }, (_, index) =>
          index % 2 ? commit(store, wanted, claim()) : commit(store, claim(), wanted),
        ),
      );
      expect(answers.filter(({ outcome }) => outcome === 'committed')).toHaveLength(1);
      expect(answers.filter(({ outcome }) => outcome === 'used')).toHaveLength(199);
    });

    it('[C06] keeps a claim until no node would admit it any more, and not much longer', async () => {
      const now = Date.now();
      const short = claim(randomUUID(), now - 500.5, now + 3_000.5);
      expect(await commit(store, short)).toEqual(COMMITTED);
      await delay(now + 2_900 - Date.now());
      const again = claim(short.key);
      expect(await commit(store, again)).toEqual({ outcome: 'used', claim: again });
      await delay(now + 5_100 - Date.now());
      expect(await commit(store, again)).toEqual(COMMITTED);
    });

    it('[C06] refuses a claim that is over when it is committed, first or again', async () => {
      const now = Date.now();
      const over = claim(randomUUID(), now - 63_000, now - 1_000);
      expect(await commit(store, claim(), over)).toEqual({ outcome: 'forgotten', claim: over });
      const endless = claim(randomUUID(), now, Number.NaN);
      expect(await commit(store, endless)).toEqual({ outcome: 'forgotten', claim: endless });
      const ending = claim(randomUUID(), now - 60_000, now + 3_000);
      expect(await commit(store, ending)).toEqual(COMMITTED);
      await delay(now + 4_050 - Date.now());
      expect(await commit(store, ending)).toEqual({ outcome: 'forgotten', claim: ending });
    });

    it('[N24] keeps apart what only looks alike', async () => {
      const nonce = randomUUID();
      const keys = [
        claimKey('app:1', nonce),
        claimKey('app', `1${nonce}`),
        claimKey('app', '1', nonce),
        claimKey(`app:1:${nonce}`),
      ];
      expect(new Set(keys).size).toBe(keys.length);
      for (const key of [...keys, 'epoch', 'epoch:lock', '__proto__', 'a}b{c'])
        expect(await commit(store, claim(key))).toEqual(COMMITTED);
      expect(await commit(store, claim())).toEqual(COMMITTED);
    });

    it('refuses a request that makes one claim twice, for it would refuse itself', async () => {
      const twice = claim();
      await expect(commit(store, twice, { ...twice })).rejects.toThrow(TypeError);
      expect(await commit(store, twice)).toEqual(COMMITTED);
    });
  });
}

describe('claims in memory', () => {
  behavesLikeAClaimStore(async (clock) => ({
    store: new MemoryClaimStore(clock, { forgottenUntil: 0 }),
    close: async () => undefined,
  }));

  it('refuses what was issued before its memory begins', async () => {
    const forgottenUntil = Date.now();
    const store = new MemoryClaimStore(new SystemClock(), { forgottenUntil });
    const old = claim(randomUUID(), forgottenUntil);
    expect(await commit(store, claim(randomUUID(), forgottenUntil + 1), old)).toEqual({
      outcome: 'forgotten',
      claim: old,
    });
    expect(await commit(store, claim(old.key, forgottenUntil + 1))).toEqual(COMMITTED);
  });

  it('[C06] admits nothing again when the clock was ahead for one commit, and is set back', async () => {
    const clock = new SettableClock();
    const store = new MemoryClaimStore(clock, { forgottenUntil: 0 });
    const admitted = claim();
    await commit(store, admitted);
    clock.offsetMs = 120_000;
    await commit(store, claim(randomUUID(), clock.now()));
    clock.offsetMs = 0;
    expect(await commit(store, admitted)).toEqual({ outcome: 'forgotten', claim: admitted });
  });

  it('[C07] holds so many claims and no more, and answers 503 beyond until some have ended', async () => {
    const clock = new SettableClock();
    const store = new MemoryClaimStore(clock, { forgottenUntil: 0, capacity: 3 });
    for (let held = 0; held < 3; held++) await commit(store, claim());
    await expect(commit(store, claim())).rejects.toMatchObject(UNAVAILABLE);
    expect(store.size).toBe(3);
    clock.offsetMs += 62_000;
    expect(await commit(store, claim(randomUUID(), clock.now()))).toEqual(COMMITTED);
    expect(store.size).toBe(1);
  });
});

describeOnEachDatabase('claims in a memory with a journal', (open) => {
  let database: OpenedDatabase;
  let clock: SettableClock;
  const opened: JournaledClaimStore[] = [];
  const warnings: string[] = [];

  beforeAll(async () => (database = await open(TABLES)));
  afterAll(() => database.close());

  beforeEach(async () => {
    await database.dataSource.query('TRUNCATE portcullis_replay_journal, portcullis_parked_claims');
    clock = new SettableClock();
    warnings.length = 0;
  });

  afterEach(async () => {
    for (const store of opened.splice(0)) await store.onApplicationShutdown();
  });

  /** Its predecessor is gone without a word, or has parked. */
  const journal = () =>
    new TypeOrmReplayJournal(database.dataSource, { databaseIsOpenTo: 'this-process', clock });

  function unopened(on: ReplayJournal = journal()): JournaledClaimStore {
    const store = new JournaledClaimStore({
      clock,
      journal: on,
      maxAheadMs: MAX_AHEAD_MS,
      logger: { warn: (message: string) => warnings.push(message) },
    });
    opened.push(store);
    return store;
  }

  async function started(on?: ReplayJournal): Promise<JournaledClaimStore> {
    const store = unopened(on);
    await store.onModuleInit();
    return store;
  }

  behavesLikeAClaimStore(async () => ({ store: await started(), close: async () => undefined }));

  it('admits at once on a first start, and without waiting for anything', async () => {
    const store = await started();
    expect(store.commit([claim()])).toEqual(COMMITTED);
    expect(store.commit([claim(randomUUID(), Date.now() - 50_000)])).toEqual(COMMITTED);
    expect(warnings).toEqual([]);
  });

  it('[C06] refuses after a crash what may have been admitted before it, and admits again within 5 s', async () => {
    const first = await started();
    const before = [
      claim(),
      claim(randomUUID(), Date.now() + 2_500),
      claim(randomUUID(), Date.now() - 50_000),
    ];
    for (const one of before) expect(await commit(first, one)).toEqual(COMMITTED);

    const second = await started();
    const crashedAt = Date.now();
    for (const one of before) expect(await commit(second, one)).toMatchObject({ outcome: 'forgotten' });
    let fresh = claim();
    while ((await commit(second, fresh)).outcome !== 'committed') {
      expect(Date.now() - crashedAt).toBeLessThan(5_000);
      await delay(100);
      fresh = claim();
    }
    for (const one of before) expect(await commit(second, one)).toMatchObject({ outcome: 'forgotten' });
    expect(warnings.some((warning) => warning.includes('replay_state_lost'))).toBe(true);
  });

  it('goes on after a stop in order: used is used, fresh is admitted at once', async () => {
    const first = await started();
    const used = [claim(), claim(randomUUID(), Date.now() - 50_000)];
    for (const one of used) await commit(first, one);
    await first.onApplicationShutdown();

    const second = await started();
    for (const one of used) expect(second.commit([one])).toEqual({ outcome: 'used', claim: one });
    expect(second.commit([claim()])).toEqual(COMMITTED);
    expect(second.commit([claim(randomUUID(), Date.now() - 50_000)])).toEqual(COMMITTED);
  });

  it('carries on over a stop what it had forgotten', async () => {
    const first = await started();
    const admitted = claim();
    await commit(first, admitted);
    const second = await started();
    await second.onApplicationShutdown();
    const third = await started();
    expect(await commit(third, admitted)).toEqual({ outcome: 'forgotten', claim: admitted });
  });

  it('refuses everything that may have been issued when nobody knows what a shared memory admitted', async () => {
    await journal().share();
    const begunAt = Date.now();
    const last = claim(randomUUID(), begunAt + MAX_AHEAD_MS);
    // Should it crash before anybody asks, the one after it knows no less.
    await started();
    const store = await started();
    expect(await commit(store, last)).toEqual({ outcome: 'forgotten', claim: last });
    clock.offsetMs += MAX_AHEAD_MS;
    expect(await commit(store, claim(randomUUID(), Date.now() + MAX_AHEAD_MS + 1_000))).toEqual(COMMITTED);
  });

  it('admits a caller whose clock is ahead only after that is durable', async () => {
    const first = await started();
    const ahead = claim(randomUUID(), Date.now() + 9_500);
    const answers = await Promise.all(Array.from({ length: 50 }, () => commit(first, ahead, claim())));
    expect(answers.filter(({ outcome }) => outcome === 'committed')).toHaveLength(1);
    expect(await commit(await started(), ahead)).toEqual({ outcome: 'forgotten', claim: ahead });
  });

  it('admits nothing that no layer could have admitted', async () => {
    const store = await started();
    await expect(commit(store, claim(randomUUID(), Date.now() + 60_000))).rejects.toMatchObject(UNAVAILABLE);
    await expect(commit(store, claim(randomUUID(), Number.NaN))).rejects.toMatchObject(UNAVAILABLE);
  });

  it('answers 503 before it is opened and after it is stopped', async () => {
    const store = unopened();
    await expect(commit(store, claim())).rejects.toMatchObject(UNAVAILABLE);
    await store.onModuleInit();
    const late = expect(commit(store, claim(randomUUID(), Date.now() + 9_000))).rejects.toMatchObject(
      UNAVAILABLE,
    );
    await store.onApplicationShutdown();
    await late;
    await expect(commit(store, claim())).rejects.toMatchObject(UNAVAILABLE);
  });

  it('[N01] answers 503 while the journal does not answer, admits up to the durable mark, and goes on after', async () => {
    const store = await started();
    const held = database.dataSource.transaction(async (manager) => {
      await manager.query('SELECT 1 FROM portcullis_replay_journal FOR UPDATE');
      await delay(3_500);
    });
    await delay(100);
    const askedAt = Date.now();
    const ahead = claim(randomUUID(), askedAt + 9_000);
    await expect(commit(store, ahead)).rejects.toMatchObject(UNAVAILABLE);
    expect(Date.now() - askedAt).toBeLessThan(3_000);
    expect(store.commit([claim(randomUUID(), askedAt)])).toEqual(COMMITTED);
    await held;
    expect(await commit(store, ahead)).toEqual(COMMITTED);
    expect(warnings.filter((warning) => warning.includes('cannot be written'))).toHaveLength(1);
  });

  it('[N01] admits up to the durable mark and answers 503 beyond when it is the holder no more', async () => {
    const first = await started();
    const second = await started();
    expect(first.commit([claim()])).toEqual(COMMITTED);
    expect(first.isUsable()).toBe(true);
    await delay(3_300);
    await expect(commit(first, claim())).rejects.toMatchObject(UNAVAILABLE);
    expect([first.isUsable(), second.isUsable()]).toEqual([false, true]);
    expect(warnings.filter((warning) => warning.includes('ReplayJournalInUse'))).toHaveLength(1);
    expect(await commit(second, claim())).toEqual(COMMITTED);
  });
});

const describeRedis = url === undefined ? describe.skip : describe;

describeOnEmbeddedDatabase('claims in Redis, with a journal', (open) => {
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
  async function node(address: string, keyPrefix: string, maxAheadMs = MAX_AHEAD_MS): Promise<Node> {
    const redis = connectRedis(address);
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
      switched.isStillShared = () => Promise.reject(new Error('away'));
      await delay(2_000);
      expect(await commit(store, claim())).toEqual(COMMITTED);
      await delay(2_000);
      await expect(commit(store, claim())).rejects.toMatchObject(UNAVAILABLE);
      expect(store.isUsable()).toBe(false);
      switched.isStillShared = isStillShared;
      await delay(1_200);
      expect(await commit(store, claim())).toEqual(COMMITTED);
      expect(store.isUsable()).toBe(true);
      store.onApplicationShutdown();
    }, 10_000);

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

    const own = () => node(server.url, 'test:', AHEAD_MS);

    /** Claims as callers with all sorts of clocks make them, admitted. */
    async function admitSome(store: ClaimStore): Promise<Claim[]> {
      const claims = [-50_000, -1_000, 0, AHEAD_MS - 500].map((age) => claim(randomUUID(), Date.now() + age));
      for (const one of claims) expect(await commit(store, one)).toEqual(COMMITTED);
      return claims;
    }

    /** None of them is admitted again, from now until long after fresh ones are. */
    async function expectNoReplay(store: ClaimStore, admitted: readonly Claim[]): Promise<void> {
      for (const one of admitted) expect(await commit(store, one)).toMatchObject({ outcome: 'forgotten' });
      const noticedAt = Date.now();
      const early = claim(randomUUID(), noticedAt - 100);
      expect(await commit(store, early)).toEqual({ outcome: 'forgotten', claim: early });
      await delay(AHEAD_MS + 50);
      expect(await commit(store, claim())).toEqual(COMMITTED);
      for (const one of admitted) expect((await commit(store, one)).outcome).not.toBe('committed');
    }

    async function readyAgain(...nodes: Node[]): Promise<void> {
      for (const { store } of nodes)
        for (let tries = 0; tries < 100; tries++) {
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
      await delay(200);
      await server.kill();
      over.abort();
      await Promise.all(busy);
      // Not even a journal that is new says that an old copy has no past.
      await database.dataSource.query('TRUNCATE portcullis_replay_journal');
      await server.run();
      await readyAgain(...nodes);

      expect(admitted.length).toBeGreaterThan(20);
      await expectNoReplay(nodes[0].store, admitted);
    });

    it('[N04] notices the loss with the new connection, before anybody asks', async () => {
      const { store, redis } = await own();
      store.onModuleInit();
      const admitted = await admitSome(store);
      await server.kill();
      await server.run();
      await ready(redis);
      await delay(AHEAD_MS + 500);
      expect(await commit(store, claim())).toEqual(COMMITTED);
      for (const one of admitted) expect((await commit(store, one)).outcome).toBe('forgotten');
    });

    it('[N01] answers 503 within a second while Redis is frozen, and never admits', async () => {
      const { store } = await own();
      const used = claim();
      await commit(store, used);
      server.freeze();
      const begun = Date.now();
      while (Date.now() - begun < 3_000) {
        const askedAt = Date.now();
        for (const one of [used, claim()])
          await expect(commit(store, one)).rejects.toMatchObject(UNAVAILABLE);
        expect(Date.now() - askedAt).toBeLessThan(2_000);
        await delay(100);
      }
      server.thaw();
      let answer: Committed | undefined;
      for (let tries = 0; tries < 100 && !answer; tries++) {
        await delay(50);
        answer = await commit(store, used).catch(() => undefined);
      }
      expect(answer).toEqual({ outcome: 'used', claim: used });
      expect(await commit(store, claim())).toEqual(COMMITTED);
    });

    it('[N05] answers 503 within a second while Redis is slow, and what it was asked is had once at most', async () => {
      const { store } = await own();
      await commit(store, claim());
      const admin = connectRedis(server.url);
      await ready(admin);
      await admin.client('PAUSE', 2_000, 'ALL');
      const slow = claim();
      const askedAt = Date.now();
      await expect(commit(store, slow)).rejects.toMatchObject(UNAVAILABLE);
      expect(Date.now() - askedAt).toBeLessThan(1_000);
      await delay(2_200);
      const answers = [];
      for (let tries = 0; tries < 100 && answers.length < 2; tries++) {
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
      await delay(500);
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
  if (redis.status !== 'ready') await once(redis, 'ready');
}
