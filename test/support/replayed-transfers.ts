import { setTimeout as delay } from 'node:timers/promises';
import type { Customer } from './admin-client.js';
import { send, type Call, type Prepared } from './bank-client.js';
import type { BankProcess } from './bank-process.js';

const LOOK_AGAIN_MS = 200;
const PATIENCE_MS = 20_000;
const REFUSED = ['401 signature_replayed', '401 signature_stale'];

/** Two customers of one bank, the signed transfers between them that were admitted, and what becomes of their replays. */
export class ReplayedTransfers {
  private readonly admitted: Prepared[] = [];
  private admittedAmount = 0;

  private constructor(
    private readonly payer: Customer,
    private readonly payee: Customer,
  ) {}

  static async between(bank: BankProcess): Promise<ReplayedTransfers> {
    return new ReplayedTransfers(await bank.admin.newCustomer(), await bank.admin.newCustomer());
  }

  /** One that the bank has not seen. */
  prepare(call: Call = {}): Prepared {
    const body = { from: this.payer.account, to: this.payee.account, amountMinor: 1, currency: 'EUR' };
    return this.payer.client.prepare('POST', '/transfers', { body, ...call });
  }

  /** Has new ones admitted: one of each scheme, and one more for every further way to sign. */
  async admit(...further: Call[]): Promise<void> {
    for (const call of [{}, { signature: 'hawk' as const }, ...further]) {
      const prepared = this.prepare(call);
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const { status, code } = await send(prepared);
      if (status !== 201) throw new Error(`not admitted: ${status} ${code}`);
      this.admitted.push(prepared);
      this.admittedAmount++;
    }
  }

  /** How everything that was ever admitted is answered when it is sent again, without what repeats. */
  async replay(): Promise<string[]> {
    const answers = await Promise.all(this.admitted.map((prepared) => send(prepared)));
    return [...new Set(answers.map(({ status, code }) => `${status} ${code}`))];
  }

  /**
   * Sends everything again and again, and a fresh one beside it, until that is admitted, after which the replays go on for
   * a while. Seconds until the last fresh one was sent that was refused: 0 where none was. Throws when a replay is not
   * refused.
   */
  async secondsUntilFreshIsAdmitted({ alsoTold = [] as readonly string[] } = {}): Promise<number> {
    const startedAt = performance.now();
    let seconds = 0;
    for (;;) {
      // oxlint-disable no-await-in-loop -- one round after the other
      await this.refuseAdmission(alsoTold);
      const sentAt = performance.now();
      const { status, code } = await send(this.prepare());
      if (status === 201) {
        this.admittedAmount++;
        for (let round = 0; round < 5; round++) {
          await delay(LOOK_AGAIN_MS);
          await this.refuseAdmission([]);
        }
        return seconds;
      }
      if (![...REFUSED, ...alsoTold].includes(`${status} ${code}`))
        throw new Error(`fresh: ${status} ${code}`);
      seconds = (sentAt - startedAt) / 1000;
      if (seconds * 1000 > PATIENCE_MS) throw new Error(`a fresh one is still refused: ${code}`);
      await delay(LOOK_AGAIN_MS);
      // oxlint-enable no-await-in-loop
    }
  }

  /** Whether the money moved once for each that was admitted, and for nothing else. */
  async booked(): Promise<{ expected: number[]; actual: unknown[] }> {
    const actual = await Promise.all([this.payer, this.payee].map(balanceOf));
    return { expected: [100_000 - this.admittedAmount, 100_000 + this.admittedAmount], actual };
  }

  /** A request that is not signed: of the same user, with everything but a signature. */
  async unsigned(path: string): Promise<number> {
    return (await this.payer.client.call('GET', path, { signature: 'none' })).status;
  }

  private async refuseAdmission(alsoTold: readonly string[]): Promise<void> {
    for (const told of await this.replay())
      if (![...REFUSED, ...alsoTold].includes(told)) throw new Error(`a replay was answered ${told}`);
  }
}

async function balanceOf({ client }: Customer): Promise<unknown> {
  const { body } = await client.call('GET', '/accounts', { signature: 'none' });
  return (body as unknown as { balanceMinor: number }[])[0]?.balanceMinor;
}
