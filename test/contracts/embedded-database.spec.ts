import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { DataSource, EntitySchema, QueryFailedError } from 'typeorm';

import {
  DatabaseBusy,
  DataFolderInUse,
  embeddedPostgres,
  type EmbeddedPostgresOptions,
  LeaseExpired,
} from '../../libs/nest/src/stores/typeorm/embedded/index.js';
import { FolderLock } from '../../libs/nest/src/stores/typeorm/embedded/folder-lock.js';
import { copyCluster } from '../support/copy-cluster.js';
import { ProcessOnDataFolder } from '../support/second-process-on-data-folder.js';

interface Account {
  id: string;
  balance: string;
  avatar: Buffer | null;
  labels: unknown;
  openedAt: Date;
}

const accounts = new EntitySchema<Account>({
  name: 'account',
  columns: {
    id: { type: 'text', primary: true },
    balance: { type: 'bigint' },
    avatar: { type: 'bytea', nullable: true },
    labels: { type: 'jsonb', nullable: true },
    openedAt: { type: 'timestamptz', default: () => 'now()' },
  },
});

const opened: DataSource[] = [];
const folders: string[] = [];
const children: ProcessOnDataFolder[] = [];

function sourceOn(driver: object): DataSource {
  const source = new DataSource({ type: 'postgres', driver, entities: [accounts], synchronize: true });
  opened.push(source);
  return source;
}

async function open(options: Partial<EmbeddedPostgresOptions> = {}): Promise<DataSource> {
  const dataDir = options.dataDir ?? (await folderOfDatabase());
  return sourceOn(embeddedPostgres({ ...options, dataDir })).initialize();
}

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'embedded-'));
  folders.push(folder);
  return folder;
}

/** Of one that is empty and closed. */
async function folderOfDatabase(): Promise<string> {
  const folder = await newFolder();
  await copyCluster(folder, []);
  return folder;
}

async function childOn(folder: string) {
  const child = await ProcessOnDataFolder.start(folder);
  children.push(child.process);
  return child;
}

const account = (id: string, balance = '1') => ({ id, balance });

async function ids(source: DataSource): Promise<string[]> {
  const rows = await source.getRepository(accounts).find({ order: { id: 'ASC' } });
  return rows.map(({ id }) => id);
}

afterEach(async () => {
  for (const source of opened.splice(0)) if (source.isInitialized) await source.destroy();
  for (const child of children.splice(0)) await child.kill();
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

describe('interleaved work', () => {
  it('keeps exactly what each caller was promised', async () => {
    const source = await open();
    const table = source.getRepository(accounts);
    let undone!: () => void;
    const begun = new Promise<void>((resolve) => (undone = resolve));

    const rolledBack = source.transaction(async (manager) => {
      await manager.insert(accounts, account('rolled-back-1'));
      undone();
      await new Promise((resolve) => setTimeout(resolve, 50));
      await manager.insert(accounts, account('rolled-back-2'));
      throw new Error('changed my mind');
    });
    await begun;
    const committed = source.transaction(async (manager) => {
      await manager.insert(accounts, account('committed-1'));
      await new Promise((resolve) => setTimeout(resolve, 10));
      await manager.insert(accounts, account('committed-2'));
    });
    const plain = table.insert(account('plain'));

    await expect(rolledBack).rejects.toThrow('changed my mind');
    await Promise.all([committed, plain]);
    expect(await ids(source)).toEqual(['committed-1', 'committed-2', 'plain']);
  });

  it('serves waiting callers in the order they came', async () => {
    const source = await open();
    const order: number[] = [];
    await Promise.all(
      [1, 2, 3, 4, 5].map((n) => source.transaction(async (m) => (await m.query('SELECT 1'), order.push(n)))),
    );
    expect(order).toEqual([1, 2, 3, 4, 5]);
  });

  it('rolls back what a caller left open when it let go', async () => {
    const source = await open();
    const runner = source.createQueryRunner();
    await runner.startTransaction();
    await runner.manager.insert(accounts, account('abandoned'));
    await runner.release();
    expect(await ids(source)).toEqual([]);
  });

  it('rolls back a failed transaction that was let go without a word', async () => {
    const source = await open();
    const runner = source.createQueryRunner();
    await runner.startTransaction();
    await expect(runner.query('SELECT nonsense')).rejects.toBeInstanceOf(QueryFailedError);
    await runner.release();
    expect(await source.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });
});

describe('limits', () => {
  it('tells a caller that waited too long that the database is busy, and goes on afterwards', async () => {
    const source = await open({ leaseTimeoutMs: 60 });
    const runner = source.createQueryRunner();
    await runner.connect();
    await expect(source.query('SELECT 1')).rejects.toBeInstanceOf(DatabaseBusy);
    await runner.release();
    expect(await source.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('takes the database away from a caller that keeps it, and undoes its open work', async () => {
    // Long enough for what is done in one hold, whoever else the machine is busy for.
    const source = await open({ leaseMaxHoldMs: 4_000, leaseTimeoutMs: 20_000 });
    const runner = source.createQueryRunner();
    await runner.startTransaction();
    await runner.manager.insert(accounts, account('hoarded'));
    expect(await ids(source)).toEqual([]);
    await expect(runner.commitTransaction()).rejects.toMatchObject({ driverError: expect.any(LeaseExpired) });
    await runner.release();
    expect(await ids(source)).toEqual([]);
  });
});

describe('opening', () => {
  it('makes one database when two connect at the same moment', async () => {
    const driver = embeddedPostgres({ dataDir: await newFolder() });
    const [one, two] = await Promise.all([sourceOn(driver).initialize(), sourceOn(driver).initialize()]);
    await one.getRepository(accounts).insert(account('seen-by-both'));
    expect(await ids(two)).toEqual(['seen-by-both']);
  });

  it('keeps nothing in memory once its last pool has ended', async () => {
    const driver = embeddedPostgres({ dataDir: 'memory://' });
    const first = await sourceOn(driver).initialize();
    await first.getRepository(accounts).insert(account('gone'));
    expect(await ids(first)).toEqual(['gone']);
    await first.destroy();
    expect(await ids(await sourceOn(driver).initialize())).toEqual([]);
  });

  it('stays open until its last pool has ended, and opens again after that', async () => {
    const driver = embeddedPostgres({ dataDir: await folderOfDatabase() });
    const one = await sourceOn(driver).initialize();
    const two = await sourceOn(driver).initialize();
    await one.getRepository(accounts).insert(account('kept'));
    await one.destroy();
    expect(await ids(two)).toEqual(['kept']);
    await two.destroy();
    expect(await ids(await sourceOn(driver).initialize())).toEqual(['kept']);
  });

  it('refuses a second instance in the same process by naming the folder', async () => {
    const dataDir = await folderOfDatabase();
    const first = await open({ dataDir });
    await expect(open({ dataDir })).rejects.toBeInstanceOf(DataFolderInUse);
    await expect(open({ dataDir })).rejects.toThrow(dataDir);
    await first.destroy();
    expect(await ids(await open({ dataDir }))).toEqual([]);
  });

  it('refuses a second process', async () => {
    const dataDir = await folderOfDatabase();
    const first = await open({ dataDir });
    const { opened } = await childOn(dataDir);
    expect(opened).toMatchObject({ error: 'DataFolderInUse', message: expect.stringContaining(dataDir) });
    expect(await ids(first)).toEqual([]);
  });

  it('opens at once after its holder was killed, with every acknowledged row', async () => {
    const dataDir = await folderOfDatabase();
    const { process: child, opened } = await childOn(dataDir);
    expect(opened.error).toBeUndefined();
    await child.run('CREATE TABLE ledger (entry int PRIMARY KEY)');
    for (let entry = 0; entry < 20; entry += 1) {
      expect((await child.run(`INSERT INTO ledger VALUES (${entry})`)).error).toBeUndefined();
    }
    await child.kill();

    const acquire = FolderLock.acquire.bind(FolderLock);
    let lockedAfterMs = Number.POSITIVE_INFINITY;
    // The lock alone: the rest is what the database takes to start, on this machine.
    const watched = jest.spyOn(FolderLock, 'acquire').mockImplementation(async (...given) => {
      const before = performance.now();
      const lock = await acquire(...given);
      lockedAfterMs = performance.now() - before;
      return lock;
    });
    const source = await open({ dataDir });
    watched.mockRestore();
    expect(lockedAfterMs).toBeLessThan(3_000);
    expect(await source.query('SELECT count(*)::int AS entries FROM ledger')).toEqual([{ entries: 20 }]);
  });

  it('lets only one of several take over from a killed holder', async () => {
    const dataDir = await folderOfDatabase();
    const { process: child } = await childOn(dataDir);
    await child.kill();
    const attempts = await Promise.allSettled([1, 2, 3].map(() => open({ dataDir })));
    expect(attempts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const attempt of attempts) {
      if (attempt.status === 'rejected') expect(attempt.reason).toBeInstanceOf(DataFolderInUse);
    }
  });

  it('is not fooled by another process that got the pid of the dead holder', async () => {
    const dataDir = await folderOfDatabase();
    const { process: child } = await childOn(dataDir);
    const lock = join(dataDir, 'in-use.json');
    const { readFile } = await import('node:fs/promises');
    const held = JSON.parse(await readFile(lock, 'utf8')) as object;
    await child.kill();
    await writeFile(lock, JSON.stringify({ ...held, pid: process.pid }));
    expect(await ids(await open({ dataDir }))).toEqual([]);
  });
});

describe('the shape of pg', () => {
  it('keeps the code of a unique violation', async () => {
    const table = (await open()).getRepository(accounts);
    await table.insert(account('twice'));
    await expect(table.insert(account('twice'))).rejects.toMatchObject({
      name: 'QueryFailedError',
      driverError: { code: '23505', detail: expect.stringContaining('twice') },
    });
  });

  it('gives values back as pg does', async () => {
    const table = (await open()).getRepository(accounts);
    const avatar = Buffer.from([0, 1, 0x5c, 0xff]);
    const openedAt = new Date('2024-02-29T23:59:59.123Z');
    const labels = { tags: ['a"b', 'ü\\'], nested: { on: true, none: null } };
    await table.insert({ id: 'typed', balance: '9007199254740993', avatar, labels, openedAt });
    const found = await table.findOneByOrFail({ id: 'typed' });
    expect(found).toEqual({ id: 'typed', balance: '9007199254740993', avatar, labels, openedAt });
    expect(Buffer.isBuffer(found.avatar)).toBe(true);
    expect(found.openedAt).toBeInstanceOf(Date);
  });

  it('binds parameters as pg does', async () => {
    const source = await open();
    const [row] = await source.query(
      `SELECT $1::text[] AS words, $2::bytea[] AS blobs, $3::bool AS flag, $4::text AS nothing,
              $5::numeric AS amount, $6::int[] AS grid, 'x' = ANY($1) AS has_x, $7::text AS missing`,
      [
        ['x', 'say "hi"\\', null],
        [Buffer.from('b')],
        true,
        null,
        1.5,
        [
          [1, 2],
          [3, 4],
        ],
        undefined,
      ],
    );
    expect(row).toEqual({
      words: ['x', 'say "hi"\\', null],
      blobs: [Buffer.from('b')],
      flag: true,
      nothing: null,
      amount: '1.5',
      grid: [
        [1, 2],
        [3, 4],
      ],
      has_x: true,
      missing: null,
    });
  });

  it('counts the rows of an update and of a delete', async () => {
    const source = await open();
    const table = source.getRepository(accounts);
    await table.insert([account('a'), account('b'), account('c')]);
    expect(await table.update({ balance: '1' }, { balance: '2' })).toMatchObject({ affected: 3 });
    expect(await table.delete({ id: 'none' })).toMatchObject({ affected: 0 });
    expect(await source.query('DELETE FROM account WHERE id = $1 RETURNING id', ['a'])).toEqual([
      [{ id: 'a' }],
      1,
    ]);
    expect(await source.query('UPDATE account SET balance = 3')).toEqual([[], 2]);
  });

  it('runs several statements in one text', async () => {
    const source = await open();
    await source.query(`CREATE TABLE multi (n int); INSERT INTO multi VALUES (1), (2)`);
    expect(await source.query('SELECT n FROM multi ORDER BY n')).toEqual([{ n: 1 }, { n: 2 }]);
  });
});
