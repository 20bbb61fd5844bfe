import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { send } from '../support/bank-client.js';
import { BankProcess } from '../support/bank-process.js';
import { newBankHome, type BankHome, type BankVariables } from '../support/bank.js';
import { describeWithOwnRedis, OwnRedisServer } from '../support/own-redis-server.js';
import { ReplayedTransfers } from '../support/replayed-transfers.js';

const PATIENCE_SECONDS = 15;
const AWAY = '503 temporarily_unavailable';

const server = process.env['DATABASE_URL'] !== undefined;
if (!server) process.stdout.write('Restarts on PostgreSQL: skipped, DATABASE_URL is not set\n');
const itWithServer = server ? it : it.skip;

const homes: BankHome[] = [];
const banks: BankProcess[] = [];

const start = async (options: { home: BankHome; variables?: BankVariables }): Promise<BankProcess> => {
  const bank = await BankProcess.start(options);
  banks.push(bank);
  return bank;
};

const home = async (options: { embedded: boolean }): Promise<BankHome> => {
  const made = await newBankHome(options);
  homes.push(made);
  return made;
};

afterAll(async () => {
  await Promise.all(banks.map((bank) => bank.kill()));
  await Promise.all(homes.map((made) => made.remove()));
}, 60_000);

const report = (what: string, seconds: number): void => {
  process.stdout.write(`a fresh request is admitted ${seconds.toFixed(1)} s after ${what}\n`);
};

interface Mode {
  readonly kind: string;
  readonly bank: BankProcess;
  readonly transfers: ReplayedTransfers;
}

const KINDS = [
  { kind: 'the embedded database', embedded: true, adapter: 'fastify' },
  { kind: 'PostgreSQL', embedded: false, adapter: 'express' },
];

describe('Replay state in memory', () => {
  let modes: Mode[];

  beforeAll(async () => {
    modes = await Promise.all(
      KINDS.slice(0, server ? 2 : 1).map(async ({ kind, embedded, adapter }) => {
        const bank = await start({ home: await home({ embedded }), variables: { HTTP_ADAPTER: adapter } });
        return { kind, bank, transfers: await ReplayedTransfers.between(bank) };
      }),
    );
  }, 120_000);

  /** On both at the same time: most of it is waited. */
  const inEachMode = (check: (mode: Mode) => Promise<void>) => Promise.all(modes.map(check));

  const stop = async (bank: BankProcess) => expect(await bank.stop()).toBe(0);
  const kill = (bank: BankProcess) => bank.kill();

  it.each<[string, ((bank: BankProcess) => Promise<unknown>)[], number]>([
    ['a graceful restart', [stop], 2],
    ['a kill -9', [kill], PATIENCE_SECONDS],
    ['a kill -9 and a graceful restart', [kill, stop], PATIENCE_SECONDS],
  ])(
    '[C01] a signed request admitted before %s is never admitted after it',
    async (what, ends, patience) => {
      await inEachMode(async ({ kind, bank, transfers }) => {
        await transfers.admit();
        for (const end of ends) {
          await end(bank);
          await bank.run();
        }
        const seconds = await transfers.secondsUntilFreshIsAdmitted();
        report(`${what} on ${kind}`, seconds);
        expect(seconds).toBeLessThan(patience);
        const { actual, expected } = await transfers.booked();
        expect(actual).toEqual(expected);
      });
    },
    120_000,
  );

  it('[C01] nor one that was signed by a clock that is ahead', async () => {
    await inEachMode(async ({ kind, bank, transfers }) => {
      await transfers.admit({ aheadSeconds: 9 });
      await kill(bank);
      await bank.run();
      const seconds = await transfers.secondsUntilFreshIsAdmitted();
      report(`a kill -9 on ${kind} with a caller whose clock is 9 s ahead`, seconds);
      expect(seconds).toBeLessThan(PATIENCE_SECONDS);
    });
  }, 120_000);

  it('is not shared: a second process on the data folder is refused in one line', async () => {
    const shared = await home({ embedded: true });
    const first = await start({ home: shared });
    const second = await BankProcess.prepare({ home: shared });
    banks.push(second);
    expect(await second.runToItsEnd()).toBe(1);
    expect(second.errorLines).toEqual([
      expect.stringMatching(/^The data folder \S+ is in use by another instance of the embedded database$/),
    ]);
    expect(await first.isReady()).toBe(true);
    expect(await first.stop()).toBe(0);
  }, 120_000);

  itWithServer(
    'is not shared: a second node on the database is refused with advice',
    async () => {
      const shared = await home({ embedded: false });
      const first = await start({ home: shared });
      const second = await BankProcess.prepare({ home: shared });
      banks.push(second);
      expect(await second.runToItsEnd()).toBe(1);
      expect(second.errorLines).toEqual([
        'Another node keeps its replay state in memory on this database; give all nodes the same Redis',
      ]);
      const transfers = await ReplayedTransfers.between(first);
      await transfers.admit();
      expect(await transfers.replay()).toEqual(['401 signature_replayed']);
      expect(await first.stop()).toBe(0);
    },
    120_000,
  );
});

describeWithOwnRedis('Replay state in Redis', () => {
  let redis: OwnRedisServer;
  let bank: BankProcess;
  let transfers: ReplayedTransfers;

  beforeAll(async () => {
    redis = await OwnRedisServer.start();
    const variables = { REDIS_URL: redis.url, HTTP_ADAPTER: 'express' };
    bank = await start({ home: await home({ embedded: false }), variables });
    transfers = await ReplayedTransfers.between(bank);
  }, 120_000);
  afterAll(() => redis.end());

  const flush = async () => {
    const connection = new Redis(redis.url);
    await connection.flushall();
    connection.disconnect();
  };

  const expectClosed = async () => {
    for (let round = 0; round < 5; round++) {
      const { status, code, headers } = await send(transfers.prepare());
      expect([status, code, headers.get('retry-after')]).toEqual([
        503,
        'temporarily_unavailable',
        expect.stringMatching(/^\d+$/),
      ]);
      expect(await transfers.replay()).toEqual([AWAY]);
      expect(await transfers.unsigned('/branches')).toBe(200);
      expect(await transfers.unsigned('/accounts')).toBe(200);
      expect((await fetch(`${bank.url}/health/live`)).status).toBe(200);
      expect(await bank.isReady()).toBe(false);
      await delay(200);
    }
  };

  const expectBooked = async () => {
    const { actual, expected } = await transfers.booked();
    expect(actual).toEqual(expected);
  };

  it.each<[string, () => Promise<unknown>]>([
    ['a graceful restart', () => bank.stop()],
    ['a kill -9', () => bank.kill()],
  ])(
    '[C01] remembers over %s of the bank',
    async (what, end) => {
      await transfers.admit({ aheadSeconds: 9 });
      await end();
      await bank.run();
      expect(await transfers.replay()).toEqual(['401 signature_replayed']);
      const seconds = await transfers.secondsUntilFreshIsAdmitted();
      report(`${what} with Redis`, seconds);
      expect(seconds).toBeLessThan(2);
      await expectBooked();
    },
    60_000,
  );

  it('[N04] a signed request admitted before a flush of Redis is never admitted after it', async () => {
    await transfers.admit({ aheadSeconds: 9 });
    await flush();
    const seconds = await transfers.secondsUntilFreshIsAdmitted();
    report('a flush of Redis', seconds);
    expect(seconds).toBeLessThan(PATIENCE_SECONDS);
    await expectBooked();
  }, 60_000);

  it('[N01] [N04] nothing signed is admitted while Redis is killed, nor what was admitted before', async () => {
    await transfers.admit({ aheadSeconds: 9 });
    await redis.kill();
    await expectClosed();
    await redis.run();
    const returnedAt = performance.now();
    let seconds = 0;
    let known: string | undefined;
    for (let askedAt = returnedAt; known === undefined || known === AWAY; askedAt = performance.now()) {
      [known] = await transfers.replay();
      if (known === AWAY) seconds = (askedAt - returnedAt) / 1000;
      await delay(50);
    }
    process.stdout.write(`signatures are judged again ${seconds.toFixed(1)} s after Redis came back empty\n`);
    expect(seconds).toBeLessThan(5);
    const fresh = await transfers.secondsUntilFreshIsAdmitted();
    report('a kill -9 and a restart of Redis', fresh);
    expect(fresh).toBeLessThan(PATIENCE_SECONDS);
    await expectBooked();
  }, 120_000);

  it('[N01] [N05] nothing signed is admitted while Redis is silent, and all is as before when it speaks', async () => {
    await transfers.admit();
    redis.freeze();
    try {
      await expectClosed();
    } finally {
      redis.thaw();
    }
    const seconds = await transfers.secondsUntilFreshIsAdmitted({ alsoTold: [AWAY] });
    report('Redis speaks again', seconds);
    expect(seconds).toBeLessThan(5);
  }, 60_000);

  it('ends in order', async () => expect(await bank.stop()).toBe(0));
});
