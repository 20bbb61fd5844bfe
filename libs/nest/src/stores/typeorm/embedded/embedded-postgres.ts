import { defaults, types } from 'pg';
import { z } from 'zod';
import { readOptions } from '../../../pipeline/index.js';

import { EmbeddedDatabase } from './embedded-database.js';
import { EmbeddedPool } from './embedded-pool.js';

export const embeddedPostgresOptionsSchema = z.strictObject({
  /** The folder that holds the database, or `memory://` for one that ends with the process. */
  dataDir: z.string().min(1),
  /** How long a caller waits for the database before it is told that it is busy. */
  leaseTimeoutMs: z.number().int().min(1).max(600_000).default(5_000),
  /** How long one caller may keep the database before it is taken away. */
  leaseMaxHoldMs: z.number().int().min(1).max(600_000).default(30_000),
});

export type EmbeddedPostgresOptions = z.input<typeof embeddedPostgresOptionsSchema>;

/**
 * A driver for TypeORM's `postgres` type that needs no server. The database belongs to the returned
 * object: every pool made from it shares that one, and it closes when the last of them ends. Throws for an option that is
 * out of range, naming it.
 */
export function embeddedPostgres(options: EmbeddedPostgresOptions): object {
  const { dataDir, leaseTimeoutMs, leaseMaxHoldMs } = readOptions(
    'embeddedPostgres',
    embeddedPostgresOptionsSchema,
    options,
  );
  const database = new EmbeddedDatabase(dataDir, { timeoutMs: leaseTimeoutMs, maxHoldMs: leaseMaxHoldMs });
  class Pool extends EmbeddedPool {
    constructor() {
      super(database);
    }
  }
  return { Pool, types, defaults };
}
