import { Agent } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Customer } from '../support/admin-client.js';
import { readBooks, type BankBooks } from '../support/bank-books.js';
import { BankProcess } from '../support/bank-process.js';
import { newBankHome, type BankHome } from '../support/bank.js';
import { sendToPort, type PortAnswer } from '../support/send-to-port.js';
import { TransferLoad, type Order } from '../support/transfer-load.js';

const KILLS = 3;
const CUSTOMERS = 4;
/** After a crash signatures are refused for a while. */
const PATIENCE_MS = 15_000;
/** At least so long before, unless an answer has taken longer: the bank had got that request, however busy it was. */
const SURELY_RECEIVED_MS = 250;
const STOP_PATIENCE_MS = 30_000;

const server = process.env['DATABASE_URL'] !== undefined;
if (!server) process.stdout.write('Crashes on PostgreSQL: skipped, DATABASE_URL is not set\n');

const KINDS = [
  { kind: 'the embedded database', embedded: true, adapter: 'fastify' },
  { kind: 'PostgreSQL', embedded: false, adapter: 'express' },
];

describe.each(KINDS.slice(0, server ? 2 : 1))('A bank on $kind', ({ kind, embedded, adapter }) => {
  let home: BankHome;
  let bank: BankProcess;
  let customers: Customer[];
  let load: TransferLoad;

  beforeAll(async () => {
    home = await newBankHome({ embedded });
    // Warnings alone, as nobody reads here what was admitted.
    bank = await BankProcess.start({ home, variables: { HTTP_ADAPTER: adapter, LOG_LEVEL: 'warn' } });
    const app = await bank.admin.newApp();
    customers = await Promise.all(Array.from({ length: CUSTOMERS }, () => bank.admin.newCustomer(app)));
  }, 120_000);
  beforeEach(() => {
    load = new TransferLoad(bank, customers);
  });
  afterEach(() => load.close());
  afterAll(async () => {
    await bank.kill();
    await home.remove();
  });

  const booksInOrder = async (): Promise<BankBooks> => {
    const books = await readBooks(home);
    expect(books).toMatchObject({ broken: [], wrong: [], total: 0 });
    return books;
  };

  const expectBooked = ({ transfers }: BankBooks, { key, body, answer }: Order) =>
    expect(transfers.get(key)).toEqual({ ...body, key, id: answer?.body.id });

  const answered = (orders: readonly Order[]) => orders.filter(({ answer }) => answer?.status === 201);

  const toldOf = ({ answer }: Order) => `${answer?.status} ${answer?.code}`;

  const retry = async (order: Order): Promise<PortAnswer> => {
    for (const until = performance.now() + PATIENCE_MS; ; await delay(250)) {
      const answer = await load.send(order);
      if (answer.status === 201 || performance.now() > until) return answer;
      expect(answer.code).toBe('signature_stale');
    }
  };

  it('loses nothing that it has answered, and makes nothing twice, when it is killed in the middle', async () => {
    const orders: Order[] = [];
    for (let killed = 0; killed < KILLS; killed++) {
      load = new TransferLoad(bank, customers);
      load.start();
      while (answered(load.orders).length === 0) await delay(10);
      await delay(300 + Math.random() * 700);
      await bank.kill();
      await load.stop();
      load.close();
      const told = load.orders.filter(({ answer }) => answer && answer.status !== 201);
      expect(told.map(toldOf)).toEqual([]);
      const kept = answered(load.orders);
      const unanswered = load.orders.filter(({ answer }) => !answer);
      expect(kept.length).toBeGreaterThan(0);
      expect(unanswered.length).toBeGreaterThan(0);

      const books = await booksInOrder();
      for (const order of kept) expectBooked(books, order);
      const whole = unanswered.filter(({ key }) => books.transfers.has(key));
      process.stdout.write(
        `killed on ${kind}: ${kept.length} answered, ${unanswered.length} not, of which ${whole.length} had been made\n`,
      );

      await bank.run();
      for (const order of unanswered) {
        const madeBefore = books.transfers.get(order.key)?.id;
        order.answer = await retry(order);
        expect(order.answer.status).toBe(201);
        if (madeBefore !== undefined) expect(order.answer.body.id).toBe(madeBefore);
        expect((await load.send(order)).body.id).toBe(order.answer.body.id);
      }
      for (const order of kept.slice(-5))
        expect((await load.send(order)).body.id).toBe(order.answer?.body.id);
      orders.push(...load.orders);
    }
    expect(await bank.stop()).toBe(0);
    const books = await booksInOrder();
    expect(books.transfers.size).toBe(orders.length);
    for (const order of orders) expectBooked(books, order);
    await bank.run();
  }, 180_000);

  it('answers what it has begun when it is told to stop, and begins nothing more', async () => {
    const before = (await (await bank.stop(), booksInOrder())).transfers.size;
    await bank.run();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const readiness: number[] = [];
    let over = false;
    const watch = async (): Promise<void> => {
      const ready = { url: `${bank.url}/health/ready`, init: { method: 'GET', headers: {} } };
      while (!over) readiness.push((await sendToPort(bank.port, ready, { agent })).status);
    };
    load.start();
    const watching = watch().catch(() => undefined);
    // Until every caller's connection has been accepted, which a busy process does one by one.
    while (answered(load.orders).length === 0) await delay(10);
    await delay(2_500);
    const toldAt = performance.now();
    bank.terminate();
    const code = await Promise.race([bank.ended(), delay(STOP_PATIENCE_MS, 'still running', { ref: false })]);
    over = true;
    await Promise.all([load.stop(), watching]);
    agent.destroy();

    const afterwards = load.orders.filter(({ endedAt = 0 }) => endedAt > toldAt);
    const refused = load.orders.filter(({ answer }) => answer?.status !== 201);
    process.stdout.write(
      `stopped on ${kind}: ${answered(afterwards).length} answered after the signal, ${refused.length} not begun, readiness ${[...new Set(readiness)].join(' then ')}\n`,
    );
    expect(answered(afterwards).length).toBeGreaterThan(0);
    expect(code).toBe(0);
    // Whoever came too late is told to come again, and nobody who had been heard goes without an answer.
    expect(refused.map(({ answer }) => answer?.status ?? 503).filter((status) => status !== 503)).toEqual([]);
    const took = answered(load.orders).map(({ sentAt, endedAt = sentAt }) => endedAt - sentAt);
    const surelyReceived = toldAt - Math.max(SURELY_RECEIVED_MS, ...took);
    expect(refused.filter(({ sentAt }) => sentAt < surelyReceived).map(toldOf)).toEqual([]);
    if (readiness.includes(503)) expect(readiness.slice(readiness.indexOf(503))).not.toContain(200);
    const books = await booksInOrder();
    for (const order of answered(load.orders)) expectBooked(books, order);
    expect(books.transfers.size - before).toBe(answered(load.orders).length);
  }, 120_000);
});
