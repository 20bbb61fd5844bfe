import { randomUUID } from 'node:crypto';
import { connect, createServer, type AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { embeddedPostgres } from '@portcullis/nest/typeorm';
import { DataSource } from 'typeorm';
import { orTemporarilyUnavailable } from '../../libs/nest/src/stores/typeorm/database-away.js';
import { createDataSource } from '../../src/database/create-data-source.js';
import { describeOnEachDatabase } from '../support/databases.js';
import { BANK_TABLES, bankServices, TestBank } from '../support/bank-services.js';

const url = process.env['DATABASE_URL'];
/** It takes milliseconds, where nothing else keeps the machine busy. */
const PATIENCE_MS = 20_000;

const away = { code: 'temporarily_unavailable', status: 503, headers: { 'Retry-After': expect.any(String) } };

const errorOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

interface NodeOptions {
  url?: string;
  poolSize?: number;
  connectTimeoutMS?: number;
  extra?: object;
}

/** Between the bank and its server; cuts the line when a COMMIT passes, before or after the server has got it. */
async function startLine(cut: 'before' | 'after') {
  const { hostname, port } = new URL(url as string);
  const listener = createServer((bank) => {
    const server = connect(Number(port || 5432), hostname);
    let deaf = false;
    const hangUp = () => (bank.destroy(), server.destroy());
    for (const end of [bank, server]) end.on('error', hangUp).on('close', hangUp);
    server.on('data', (chunk) => (deaf ? hangUp() : bank.write(chunk)));
    bank.on('data', (chunk) => {
      deaf = chunk.includes('COMMIT');
      if (deaf && cut === 'before') hangUp();
      else server.write(chunk);
    });
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const through = new URL(url as string);
  through.host = `127.0.0.1:${(listener.address() as AddressInfo).port}`;
  return { url: through.href, stop: () => new Promise((resolve) => listener.close(resolve)) };
}

describe('[N06] A bank whose embedded database somebody keeps', () => {
  it('tells its customers to come again', async () => {
    const driver = embeddedPostgres({ dataDir: 'memory://', leaseTimeoutMs: 2_000 });
    const source = await new DataSource({ type: 'postgres', driver, ...tables() }).initialize();
    await source.runMigrations();
    const holder = source.createQueryRunner();
    await holder.connect();
    const error = await errorOf(bankServices(source).accounts.listOf(randomUUID()));
    await holder.release();
    expect(await bankServices(source).accounts.listOf(randomUUID())).toEqual([]);
    await source.destroy();
    expect(error).toMatchObject(away);
  });
});

const tables = () => ({
  entities: [...(BANK_TABLES.entities ?? [])],
  migrations: [...BANK_TABLES.migrations],
});

describe('[N06] What the driver says', () => {
  it.each([
    { code: 'DATA_FOLDER_IN_USE' },
    { code: '28P01' },
    { code: '28000' },
    { code: '3D000' },
    { message: 'The pool of the embedded database has been closed' },
    { message: 'The embedded database has been closed' },
  ])('is 503 where it is %j', (said) => {
    expect(orTemporarilyUnavailable(Object.assign(new Error('driver'), said))).toMatchObject(away);
  });

  it('is no outage where it is our mistake', () => {
    const mistake = Object.assign(new Error('driver'), { code: '23505' });
    expect(orTemporarilyUnavailable(mistake)).toBe(mistake);
  });
});

describe('A server that is not there', () => {
  it('stops the start', async () => {
    const source = createDataSource({ databaseUrl: 'postgres://nobody@127.0.0.1:1/none', dataDir: 'unused' });
    expect(await errorOf(source.initialize())).toMatchObject({ code: 'ECONNREFUSED' });
  });
});

describeOnEachDatabase('A bank', (open, kind) => {
  let bank: TestBank;
  const opened: DataSource[] = [];
  beforeAll(async () => {
    bank = await TestBank.open(open);
  });
  afterEach(async () => {
    for (const source of opened.splice(0)) await source.destroy();
  });
  afterAll(() => bank.close());

  /** A further node of the bank, with limits or a line of its own. */
  const node = async ({ extra, ...options }: NodeOptions) => {
    const [{ schema }] = await bank.dataSource.query('SELECT current_schema() AS schema');
    const source = await new DataSource({
      type: 'postgres',
      url: url as string,
      schema,
      ...tables(),
      ...options,
      extra: { options: `-c search_path=${schema}`, ...extra },
      poolErrorHandler: () => undefined,
    }).initialize();
    opened.push(source);
    return { source, ...bankServices(source) };
  };

  const newTransfer = async () => {
    const [ann, ben] = [await bank.newCustomer(), await bank.newCustomer()];
    const order = {
      from: ann.accountId,
      to: ben.accountId,
      amountMinor: 1_000,
      currency: 'EUR',
      reference: '',
    };
    return { userId: ann.userId, order, idempotencyKey: randomUUID() };
  };

  it('[N06] moves nothing and asks to come again when a connection is lost half-way', async () => {
    const sent = await newTransfer();
    const before = await bank.books();
    await bank.dataSource.query(
      `CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS
         $$ BEGIN IF NEW.amount_minor > 0 THEN RAISE 'lost' USING ERRCODE = '57P01'; END IF; RETURN NEW; END $$`,
    );
    await bank.dataSource.query(
      'CREATE TRIGGER fail BEFORE INSERT ON bank_entries FOR EACH ROW EXECUTE FUNCTION fail()',
    );
    const error = await errorOf(bank.node.transfers.make(sent));
    await bank.dataSource.query('DROP FUNCTION fail CASCADE');
    expect(error).toMatchObject(away);
    expect(await bank.books()).toEqual(before);
    await expect(bank.node.transfers.make(sent)).resolves.toMatchObject(sent.order);
  });

  if (kind !== 'server') return;

  it('[N06] asks to come again when no connection becomes free', async () => {
    const { source, accounts } = await node({ poolSize: 1, connectTimeoutMS: 3_000 });
    const holder = source.createQueryRunner();
    await holder.connect();
    const error = await errorOf(accounts.listOf(randomUUID()));
    await holder.release();
    expect(error).toMatchObject(away);
  });

  it('[N06] asks to come again when somebody keeps an account locked', async () => {
    const sent = await newTransfer();
    const { transfers } = await node({ extra: { statement_timeout: 2_000 } });
    const holder = bank.dataSource.createQueryRunner();
    await holder.startTransaction();
    await holder.query('SELECT id FROM bank_accounts WHERE id = $1 FOR UPDATE', [sent.order.to]);
    const error = await errorOf(transfers.make(sent));
    await holder.rollbackTransaction();
    await holder.release();
    expect(error).toMatchObject(away);
    await expect(transfers.make(sent)).resolves.toMatchObject(sent.order);
    expect(await bank.balanceOf(sent.order.from)).toBe(99_000);
  });

  it.each([
    ['before', 100_000],
    ['after', 99_000],
  ] as const)(
    '[N07] moves money once when the line was cut %s COMMIT and it is sent again',
    async (cut, held) => {
      const sent = await newTransfer();
      const line = await startLine(cut);
      const { transfers } = await node({ url: line.url });
      expect(await errorOf(transfers.make(sent))).toMatchObject(away);
      await delay(100);
      // What the server has got is committed when it comes to it.
      const deadline = performance.now() + PATIENCE_MS;
      while ((await bank.balanceOf(sent.order.from)) !== held && performance.now() < deadline)
        await delay(10);
      expect(await bank.balanceOf(sent.order.from)).toBe(held);
      await expect(bank.node.transfers.make(sent)).resolves.toMatchObject(sent.order);
      expect(await bank.balanceOf(sent.order.from)).toBe(99_000);
      expect(await bank.books()).toMatchObject({ balances: '0', entries: '0' });
      await opened.pop()?.destroy();
      await line.stop();
    },
  );
});
