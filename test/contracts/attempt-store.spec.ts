import { randomUUID } from 'node:crypto';
import { connectRedis, RedisAttemptStore } from '@portcullis/nest/redis';
import type {
  AttemptBucket,
  AttemptCounter,
  AttemptStore,
} from '../../libs/nest/src/authorities/sessions/index.js';
import { MemoryAttemptStore } from '../../libs/nest/src/stores/memory/index.js';

const url = process.env['REDIS_URL'];
if (url === undefined) process.stdout.write('Redis: skipped, REDIS_URL is not set\n');

const BACK_OFF = { firstWaitMs: 1_000, longestWaitMs: 5_000, forgetAfterMs: 60_000 };
const ADMITTED = { admitted: true };
const T0 = 1_764_000_000_000;
/** For a Redis that shares the machine with other suites: what is looked at is what it counts. */
const PATIENCE_MS = 1_000;

const waits = (retryAfterMs: number) => ({ admitted: false, retryAfterMs });
const counter = (key: string, freeFailures = 2) => ({ key, freeFailures });
const bucket = (key: string) => ({ key, holds: 3, drainMsEach: 100 });

interface Opened {
  readonly store: AttemptStore;
  close(): Promise<void>;
}

function behavesLikeAnAttemptStore(open: () => Promise<Opened>): void {
  describe('as every store of attempts', () => {
    let opened: Opened;
    let store: AttemptStore;
    let key: string;

    const begin = (nowMs: number, ...counters: (AttemptCounter | AttemptBucket)[]) =>
      store.begin(counters.length > 0 ? counters : [counter(key)], BACK_OFF, nowMs);

    beforeEach(async () => {
      opened = await open();
      ({ store } = opened);
      key = randomUUID();
    });

    afterEach(() => opened.close());

    it('lets the free failures pass, then makes each wait twice as long as the one before, up to the longest', async () => {
      expect(await begin(T0)).toEqual(ADMITTED);
      expect(await begin(T0)).toEqual(ADMITTED);
      expect(await begin(T0)).toEqual(ADMITTED);
      let now = T0;
      for (const wait of [1_000, 2_000, 4_000, 5_000, 5_000]) {
        expect(await begin(now)).toEqual(waits(wait));
        expect(await begin(now + wait - 1)).toEqual(waits(1));
        now += wait;
        expect(await begin(now)).toEqual(ADMITTED);
      }
    });

    it('counts guesses that are made at the same time', async () => {
      const attempts = await Promise.all(Array.from({ length: 200 }, () => begin(T0)));
      expect(attempts.filter(({ admitted }) => admitted)).toHaveLength(3);
    });

    it('counts on none of the counters while one of them waits, and tells the longest wait', async () => {
      const [user, address] = [counter(`${key}-user`, 0), counter(`${key}-address`, 0)];
      await begin(T0, user);
      await begin(T0 + 500, address);
      expect(await begin(T0 + 600, user, address)).toEqual(waits(900));
      expect(await begin(T0 + 1_000, user)).toEqual(ADMITTED);
      expect(await begin(T0 + 1_500, address)).toEqual(ADMITTED);
      expect(await begin(T0 + 1_500, user, address)).toEqual(waits(2_000));
    });

    it('forgives: the next failure is the first again', async () => {
      const other = counter(`${key}-other`, 0);
      for (let failure = 0; failure < 3; failure++) await begin(T0);
      await begin(T0, other);
      await store.forgive([key]);
      expect(await begin(T0)).toEqual(ADMITTED);
      expect(await begin(T0)).toEqual(ADMITTED);
      expect(await begin(T0, other)).toEqual(waits(1_000));
      await store.forgive([]);
      await store.takeBack([]);
    });

    it('takes one failure back, and the wait that it caused', async () => {
      for (let failure = 0; failure < 3; failure++) await begin(T0);
      await store.takeBack([key]);
      expect(await begin(T0)).toEqual(ADMITTED);
      expect(await begin(T0)).toEqual(waits(1_000));
      expect(await begin(T0 + 1_000)).toEqual(ADMITTED);
      await store.takeBack([key]);
      expect(await begin(T0 + 1_000)).toEqual(ADMITTED);
      expect(await begin(T0 + 1_000)).toEqual(waits(2_000));
    });

    it('owes nobody anything for what is taken back twice or was never counted', async () => {
      await store.takeBack([key]);
      await begin(T0);
      await store.takeBack([key, key]);
      await store.takeBack([key]);
      for (let failure = 0; failure < 3; failure++) expect(await begin(T0)).toEqual(ADMITTED);
      expect(await begin(T0)).toEqual(waits(1_000));
    });

    it('begins anew after long enough without a failure', async () => {
      for (let failure = 0; failure < 3; failure++) await begin(T0);
      expect(await begin(T0 + BACK_OFF.forgetAfterMs - 1)).toEqual(ADMITTED);
      const later = T0 + 2 * BACK_OFF.forgetAfterMs - 1;
      expect(await begin(later)).toEqual(ADMITTED);
      expect(await begin(later)).toEqual(ADMITTED);
      expect(await begin(later)).toEqual(ADMITTED);
      expect(await begin(later)).toEqual(waits(1_000));
    });

    it('lets a bucket fill up, and then pass only what drains, evenly', async () => {
      for (let failure = 0; failure < 3; failure++) expect(await begin(T0, bucket(key))).toEqual(ADMITTED);
      expect(await begin(T0, bucket(key))).toEqual(waits(100));
      expect(await begin(T0 + 60, bucket(key))).toEqual(waits(40));
      for (let turn = 1; turn <= 4; turn++) {
        expect(await begin(T0 + turn * 100, bucket(key))).toEqual(ADMITTED);
        expect(await begin(T0 + turn * 100, bucket(key))).toEqual(waits(100));
      }
      // Another node's clock may be behind: nothing drains twice.
      expect(await begin(T0 + 350, bucket(key))).toEqual(waits(150));
      for (let failure = 0; failure < 3; failure++)
        expect(await begin(T0 + 900, bucket(key))).toEqual(ADMITTED);
      expect(await begin(T0 + 900, bucket(key))).toEqual(waits(100));
    });

    it('counts guesses that are made at the same time in a bucket, too', async () => {
      const attempts = await Promise.all(Array.from({ length: 50 }, () => begin(T0, bucket(key))));
      expect(attempts.filter(({ admitted }) => admitted)).toHaveLength(3);
    });

    it('takes one failure out of a bucket again, and owes it nothing', async () => {
      for (let failure = 0; failure < 3; failure++) await begin(T0, bucket(key));
      await store.takeBack([key]);
      expect(await begin(T0, bucket(key))).toEqual(ADMITTED);
      expect(await begin(T0, bucket(key))).toEqual(waits(100));
      for (let failure = 0; failure < 9; failure++) await store.takeBack([key]);
      for (let failure = 0; failure < 3; failure++)
        expect(await begin(T0 + 1, bucket(key))).toEqual(ADMITTED);
      expect(await begin(T0 + 1, bucket(key))).toEqual(waits(100));
    });

    it('counts on neither a counter nor a bucket while the other waits', async () => {
      const [user, overall] = [counter(`${key}-user`, 0), bucket(`${key}-overall`)];
      expect(await begin(T0, user, overall)).toEqual(ADMITTED);
      for (let turn = 0; turn < 3; turn++) expect(await begin(T0, user, overall)).toEqual(waits(1_000));
      expect(await begin(T0, overall)).toEqual(ADMITTED);
      expect(await begin(T0, overall)).toEqual(ADMITTED);
      expect(await begin(T0, counter(key, 0), overall)).toEqual(waits(100));
      expect(await begin(T0, counter(key, 0))).toEqual(ADMITTED);
    });

    it('remembers a place for as long as it is told to, anew each time, apart from its failures', async () => {
      expect(await store.knows(key, T0)).toBe(false);
      await store.remember(key, 10_000, T0);
      expect(await store.knows(key, T0 + 9_999)).toBe(true);
      expect(await store.knows(key, T0 + 10_000)).toBe(false);
      expect(await store.knows(`${key}-other`, T0)).toBe(false);
      await store.remember(key, 10_000, T0 + 9_000);
      expect(await store.knows(key, T0 + 18_999)).toBe(true);
      await begin(T0, counter(key, 0));
      await store.forgive([key]);
      await store.takeBack([key]);
      expect(await store.knows(key, T0)).toBe(true);
      expect(await begin(T0, counter(key, 0))).toEqual(ADMITTED);
    });

    it('keeps counters apart whatever their keys are', async () => {
      for (const one of [`${key}:a`, `${key}`, `${key}:`, '__proto__' + key])
        expect(await begin(T0, counter(one, 0))).toEqual(ADMITTED);
    });
  });
}

describe('failed sign-ins in memory', () => {
  behavesLikeAnAttemptStore(async () => ({ store: new MemoryAttemptStore(), close: async () => undefined }));

  it('holds so many counts and no more, and forgets the one asked for longest ago first', async () => {
    const store = new MemoryAttemptStore({ capacity: 3 });
    const begin = (key: string) => store.begin([counter(key, 0)], BACK_OFF, T0);
    for (const key of ['attacked', 'b', 'c']) await begin(key);
    expect(await begin('attacked')).toEqual(waits(1_000));
    for (const key of ['d', 'e']) await begin(key);
    expect(store.size).toBe(3);
    expect(await begin('attacked')).toEqual(waits(1_000));
    expect(await begin('b')).toEqual(ADMITTED);
  });

  it('forgets no place for the many failures that there are', async () => {
    const store = new MemoryAttemptStore({ capacity: 3 });
    await store.remember('home', 1_000, T0);
    for (const key of ['a', 'b', 'c', 'd', 'e']) await store.begin([counter(key)], BACK_OFF, T0);
    expect(await store.knows('home', T0)).toBe(true);
  });
});

(url === undefined ? describe.skip : describe)('failed sign-ins in Redis', () => {
  async function open() {
    const redis = connectRedis(url as string, { commandTimeoutMs: PATIENCE_MS });
    await new Promise((resolve) => redis.once('ready', resolve));
    const keyPrefix = `test-${randomUUID()}:`;
    return {
      redis,
      keyPrefix,
      store: new RedisAttemptStore({ redis, keyPrefix }),
      async close() {
        const keys = redis.status === 'ready' ? await redis.keys(`${keyPrefix}*`) : [];
        if (keys.length > 0) await redis.del(keys);
        redis.disconnect();
      },
    };
  }

  behavesLikeAnAttemptStore(open);

  it('leaves nothing behind once a count, a bucket or a place is forgotten', async () => {
    const { redis, keyPrefix, store, close } = await open();
    const backOff = { ...BACK_OFF, forgetAfterMs: 20_000 };
    await store.begin([counter('short')], backOff, T0);
    await store.takeBack(['short']);
    const overall = { key: 'overall', holds: 2, drainMsEach: 20_000 };
    await store.begin([counter('short'), counter('other'), overall], backOff, T0);
    await store.begin([overall], backOff, T0);
    await store.takeBack(['other', 'overall']);
    await store.remember('place', 20_000, T0);
    const keys = await redis.keys(`${keyPrefix}*`);
    expect(keys).toHaveLength(3);
    for (const key of keys) {
      const livesOnMs = await redis.pttl(key);
      expect(livesOnMs).toBeGreaterThan(0);
      expect(livesOnMs).toBeLessThanOrEqual(40_000);
    }
    await close();
  });

  it('[N01] cannot tell while Redis is away, and says so', async () => {
    const { store, redis } = await open();
    redis.disconnect();
    await expect(store.begin([counter('a')], BACK_OFF, T0)).rejects.toMatchObject({
      code: 'temporarily_unavailable',
    });
    await expect(store.forgive(['a'])).rejects.toMatchObject({ code: 'temporarily_unavailable' });
    await expect(store.takeBack(['a'])).rejects.toMatchObject({ code: 'temporarily_unavailable' });
    await expect(store.knows('a', T0)).rejects.toMatchObject({ code: 'temporarily_unavailable' });
    await expect(store.remember('a', 1, T0)).rejects.toMatchObject({ code: 'temporarily_unavailable' });
  });
});
