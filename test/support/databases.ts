import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { embeddedPostgres } from '@portcullis/nest/typeorm';
import { DataSource, type EntitySchema, type MigrationInterface } from 'typeorm';
import { copyCluster } from './copy-cluster.js';

export interface Tables {
  readonly entities?: readonly (EntitySchema | (new () => object))[];
  readonly migrations: readonly (new () => MigrationInterface)[];
}

export interface OpenedDatabase {
  readonly dataSource: DataSource;
  /** A further connection pool on the same tables; on the embedded database, which has one, the same object. */
  another(): Promise<DataSource>;
  /** Leaves nothing behind. */
  close(): Promise<void>;
}

/** Suites ask for much at once, and share the machine: what they look at is what becomes of it. */
const LEASE_TIMEOUT_MS = 60_000;

const url = process.env['DATABASE_URL'];
if (url === undefined) process.stdout.write('PostgreSQL: skipped, DATABASE_URL is not set\n');

async function openEmbedded({ entities = [], migrations }: Tables): Promise<OpenedDatabase> {
  const dataDir = mkdtempSync(join(tmpdir(), 'portcullis-'));
  await copyCluster(dataDir, migrations);
  const dataSource = new DataSource({
    type: 'postgres',
    driver: embeddedPostgres({ dataDir, leaseTimeoutMs: LEASE_TIMEOUT_MS }),
    entities: [...entities],
    migrations: [...migrations],
    migrationsTransactionMode: 'each',
  });
  await dataSource.initialize();
  await dataSource.runMigrations();
  return {
    dataSource,
    another: async () => dataSource,
    async close() {
      if (dataSource.isInitialized) await dataSource.destroy();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** Everything in a schema of its own, so that neither another suite nor what was there before is seen. */
async function openServer({ entities = [], migrations }: Tables): Promise<OpenedDatabase> {
  const schema = `test_${randomBytes(6).toString('hex')}`;
  const source = (extra: object) =>
    new DataSource({
      type: 'postgres',
      url: url as string,
      entities: [...entities],
      migrations: [...migrations],
      migrationsTransactionMode: 'each',
      ...extra,
    }).initialize();
  const owner = await source({ entities: [], migrations: [] });
  await owner.query(`CREATE SCHEMA "${schema}"`);
  const opened: DataSource[] = [];
  const another = async () => {
    const dataSource = await source({ schema, extra: { options: `-c search_path=${schema}` } });
    opened.push(dataSource);
    return dataSource;
  };
  const dataSource = await another();
  await dataSource.runMigrations();
  return {
    dataSource,
    another,
    async close() {
      for (const one of opened) if (one.isInitialized) await one.destroy();
      await owner.query(`DROP SCHEMA "${schema}" CASCADE`);
      await owner.destroy();
    },
  };
}

/** One contract over every database that can be reached: the embedded one always, a server when it is named. */
export function describeOnEachDatabase(
  title: string,
  suite: (open: (tables: Tables) => Promise<OpenedDatabase>, kind: 'embedded' | 'server') => void,
): void {
  describe(`${title} on the embedded database`, () => suite(openEmbedded, 'embedded'));
  (url === undefined ? describe.skip : describe)(`${title} on PostgreSQL`, () => suite(openServer, 'server'));
}

/** For a suite whose subject is not the database: the server, which starts faster, where one is named. */
export function describeOnOneDatabase(
  title: string,
  suite: (open: (tables: Tables) => Promise<OpenedDatabase>) => void,
): void {
  describe(title, () => suite(url === undefined ? openEmbedded : openServer));
}
