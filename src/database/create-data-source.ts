import { join } from 'node:path';
import { embeddedPostgres, PORTCULLIS_ENTITIES, PORTCULLIS_MIGRATIONS } from '@portcullis/nest/typeorm';
import { DataSource } from 'typeorm';
import { BANK_ENTITIES, BANK_MIGRATIONS } from './bank-tables.js';

export interface DatabaseSettings {
  /** A PostgreSQL server; without one the database is embedded. */
  readonly databaseUrl?: string | undefined;
  /** Where the embedded database keeps its files, in a folder `database`. */
  readonly dataDir: string;
}

/** The server's limits: whoever waits longer than this is told 503 while they still listen. */
const SERVER_LIMITS = {
  // Every node has as many, and a server takes 100 by default. More would only queue at the server instead of here.
  poolSize: 10,
  // For a connection that is free as well as for one that is new.
  connectTimeoutMS: 3_000,
  extra: {
    // Our statements take milliseconds; what takes seconds waits for a lock that somebody does not give back.
    statement_timeout: 5_000,
    // The same from this side, for a server that has fallen silent and cannot keep time for us.
    query_timeout: 7_000,
    // A node that stops in the middle of a transfer must not keep both accounts locked.
    idle_in_transaction_session_timeout: 10_000,
    keepAlive: true,
  },
};

/** The bank's database, with the library's tables in it. Not connected yet; the tables change by migrations alone. */
export function createDataSource({ databaseUrl, dataDir }: DatabaseSettings): DataSource {
  const server =
    databaseUrl === undefined
      ? { driver: embeddedPostgres({ dataDir: join(dataDir, 'database') }) }
      : { url: databaseUrl, ...SERVER_LIMITS };
  return new DataSource({
    type: 'postgres',
    ...server,
    entities: [...PORTCULLIS_ENTITIES, ...BANK_ENTITIES],
    migrations: [...PORTCULLIS_MIGRATIONS, ...BANK_MIGRATIONS],
    migrationsTransactionMode: 'each',
    synchronize: false,
  });
}
