import { randomUUID } from 'node:crypto';
import { Agent } from 'node:http';
import type { Customer } from './admin-client.js';
import type { BankProcess } from './bank-process.js';
import { sendToPort, type PortAnswer } from './send-to-port.js';

export interface Order {
  readonly payer: Customer;
  readonly key: string;
  readonly body: { readonly from: string; readonly to: string; readonly amountMinor: number };
  readonly sentAt: number;
  /** Undefined: the connection ended without one. */
  answer?: PortAnswer;
  /** Why there is none. */
  failure?: string;
  endedAt?: number;
}

const CLIENTS = 20;
const HIGHEST_AMOUNT = 9;

const pick = <T>(from: readonly T[]): T => from[Math.floor(Math.random() * from.length)] as T;

/** Customers who pay each other small amounts without a pause, each payment under an Idempotency-Key of its own. */
export class TransferLoad {
  readonly orders: Order[] = [];
  private readonly agent = new Agent({ keepAlive: true });
  private running = false;
  private callers: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly bank: BankProcess,
    private readonly customers: readonly Customer[],
  ) {}

  start(): void {
    this.running = true;
    this.callers = Promise.all(Array.from({ length: CLIENTS }, () => this.pay()));
  }

  /** Resolves when every caller has got an answer, or has none to wait for. */
  async stop(): Promise<void> {
    this.running = false;
    await this.callers;
  }

  close(): void {
    this.agent.destroy();
  }

  /** The same order under the same key, with a fresh signature. */
  send({ payer, key, body }: Pick<Order, 'payer' | 'key' | 'body'>): Promise<PortAnswer> {
    const prepared = payer.client.prepare('POST', '/transfers', {
      body: { ...body, currency: 'EUR' },
      headers: { 'idempotency-key': key },
    });
    return sendToPort(this.bank.port, prepared, { agent: this.agent });
  }

  private async pay(): Promise<void> {
    while (this.running) {
      const payer = pick(this.customers);
      const payee = pick(this.customers.filter((customer) => customer !== payer));
      const amountMinor = 1 + Math.floor(Math.random() * HIGHEST_AMOUNT);
      const body = { from: payer.account, to: payee.account, amountMinor };
      const order: Order = { payer, key: randomUUID(), body, sentAt: performance.now() };
      this.orders.push(order);
      try {
        // oxlint-disable-next-line no-await-in-loop -- each caller waits for the answer
        order.answer = await this.send(order);
      } catch (error) {
        // The bank is gone; the order stays without an answer.
        order.failure = error instanceof Error ? error.message : String(error);
        return;
      } finally {
        order.endedAt = performance.now();
      }
    }
  }
}
