import { defaults, types } from 'pg';

import { EmbeddedDatabase } from './embedded-database.js';
import { EmbeddedPool } from './embedded-pool.js';

export interface EmbeddedPostgresOptions {
  /** The folder that holds the database, or `memory://` for one that ends with the process. */
  readonly dataDir: string;
  /** How long a caller waits for the database before it is told that it is busy. */
  readonly leaseTimeoutMs?: number;
  /** How long one caller may keep the database before it is taken away. */
  readonly leaseMaxHoldMs?: number;
}

/**
 * A driver for TypeORM's `postgres` type that needs no server. The database belongs to the returned
 * object: every pool made from it shares that one, and it closes when the last of them ends.
 */
export function embeddedPostgres(options: EmbeddedPostgresOptions): object {
  const { dataDir, leaseTimeoutMs = 5_000, leaseMaxHoldMs = 30_000 } = options;
  const database = new EmbeddedDatabase(dataDir, { timeoutMs: leaseTimeoutMs, maxHoldMs: leaseMaxHoldMs });
  class Pool extends EmbeddedPool {
    constructor() {
      super(database);
    }
  }
  return { Pool, types, defaults };
}
