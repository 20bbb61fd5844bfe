import { BankProcess } from '../support/bank-process.js';
import { newBankHome, type BankHome } from '../support/bank.js';
import { ReplayedTransfers } from '../support/replayed-transfers.js';

const LIVES = 20;

const server = process.env['DATABASE_URL'] !== undefined;
if (!server) process.stdout.write('Many lives on PostgreSQL: skipped, DATABASE_URL is not set\n');
const KINDS = [
  { kind: 'the embedded database', embedded: true },
  { kind: 'PostgreSQL', embedded: false },
];

describe.each(KINDS.slice(0, server ? 2 : 1))('Replay state in memory over $kind', ({ kind, embedded }) => {
  let home: BankHome;
  let bank: BankProcess;

  beforeAll(async () => {
    home = await newBankHome({ embedded });
    bank = await BankProcess.start({ home });
  }, 60_000);
  afterAll(async () => {
    await bank.kill();
    await home.remove();
  });

  it('[C01] forgets nothing over many lives, however each of them ended', async () => {
    const transfers = await ReplayedTransfers.between(bank);
    const ends: string[] = [];
    for (let life = 0; life < LIVES; life++) {
      const crashes = Math.random() < 0.5;
      ends.push(crashes ? 'kill' : 'stop');
      // Some lives admit nothing, and some end before they could.
      if (life % 3 > 0) {
        expect(await transfers.secondsUntilFreshIsAdmitted()).toBeLessThan(15);
        await transfers.admit({ aheadSeconds: life % 9 });
      }
      if (crashes) await bank.kill();
      else expect(await bank.stop()).toBe(0);
      await bank.run();
      expect(await transfers.replay()).not.toContain('201 undefined');
    }
    expect(await transfers.secondsUntilFreshIsAdmitted()).toBeLessThan(15);
    process.stdout.write(`${kind}: ${ends.join(', ')}\n`);
    const { actual, expected } = await transfers.booked();
    expect(actual).toEqual(expected);
  }, 900_000);
});
