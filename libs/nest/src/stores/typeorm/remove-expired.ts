import type { TypeOrmTransactions } from './typeorm-transactions.js';

/** A table that has `expires_at`, and its key. */
export interface ExpiringTable {
  readonly table: string;
  readonly key: string;
}

/** So that no statement holds locks for long. */
const AT_ONCE = 1_000;

/** Removes what expired before, 1,000 rows at the most, and leaves to another transaction what that is using; how many. */
export async function removeExpired(
  transactions: TypeOrmTransactions,
  { table, key }: ExpiringTable,
  before: Date,
): Promise<number> {
  const removed = await transactions.rows(
    `DELETE FROM ${table} WHERE ${key} IN (
       SELECT ${key} FROM ${table} WHERE expires_at < $1 LIMIT ${AT_ONCE} FOR UPDATE SKIP LOCKED
     ) RETURNING ${key}`,
    [before],
  );
  return removed.length;
}
