import { setTimeout as delay } from 'node:timers/promises';
import { send } from '../support/bank-client.js';
import { BankProcess } from '../support/bank-process.js';
import { freePort, newBankHome, type BankHome } from '../support/bank.js';
import { describeWithOwnRedis, OwnRedisServer } from '../support/own-redis-server.js';
import { ReplayedTransfers } from '../support/replayed-transfers.js';
import { sendToPort } from '../support/send-to-port.js';

/** Whatever a start refuses as perhaps admitted before is refused no more after that. */
const FORGIVEN_MS = 14_000;
const NO_START_MS = 20_000;

const server = process.env['DATABASE_URL'] !== undefined;
if (!server) process.stdout.write('Changes of the replay store: skipped, DATABASE_URL is not set\n');

(server ? describeWithOwnRedis : describe.skip)('A bank that changes where it keeps its replay state', () => {
  let redis: OwnRedisServer;
  let home: BankHome;
  let port: number;
  const banks: BankProcess[] = [];

  beforeEach(async () => {
    redis = await OwnRedisServer.start();
    home = await newBankHome();
    port = await freePort();
  });
  afterEach(async () => {
    await Promise.all(banks.splice(0).map((bank) => bank.kill()));
    await home.remove();
    await redis.end();
  });

  const prepare = async (mode: 'memory' | 'redis', at = port): Promise<BankProcess> => {
    const variables = {
      PORTCULLIS_PUBLIC_ORIGINS: `http://127.0.0.1:${port}`,
      REDIS_URL: mode === 'redis' ? redis.url : undefined,
    };
    const bank = await BankProcess.prepare({ home, port: at, variables });
    banks.push(bank);
    return bank;
  };

  it.each([
    [['redis', 'memory']],
    [['memory', 'redis']],
    [['redis', 'memory', 'redis']],
    [['memory', 'redis', 'memory']],
  ] as const)(
    '[C01] admits nothing again on the way %j',
    async (modes) => {
      let transfers: ReplayedTransfers | undefined;
      for (const mode of modes) {
        const bank = await prepare(mode);
        await bank.run();
        transfers ??= await ReplayedTransfers.between(bank);
        expect(await transfers.secondsUntilFreshIsAdmitted()).toBeLessThan(15);
        await transfers.admit();
        expect(await bank.stop()).toBe(0);
      }
    },
    120_000,
  );

  it.each([
    ['redis', 'memory'],
    ['memory', 'redis'],
  ] as const)(
    '[C15] has no node with %s and one with %s at the same time',
    async (first, second) => {
      // So that Redis has been used before, as after any restart.
      const earlier = await prepare('redis');
      await earlier.run();
      const transfers = await ReplayedTransfers.between(earlier);
      await transfers.admit();
      await earlier.stop();
      const one = await prepare(first);
      await one.run();
      const other = await prepare(second, await freePort());
      const ended = await Promise.race([other.runToItsEnd(NO_START_MS + FORGIVEN_MS), delay(FORGIVEN_MS)]);
      if (ended === 1) return;
      // If both run, one of them has to be closed.
      const prepared = transfers.prepare();
      const answers = [
        await send(prepared),
        await sendToPort(other.port, prepared),
        await sendToPort(port, prepared),
      ];
      expect(answers.filter(({ status }) => status === 201).length).toBeLessThanOrEqual(1);
    },
    120_000,
  );
});
