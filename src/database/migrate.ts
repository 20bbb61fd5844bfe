import { setTimeout as delay } from 'node:timers/promises';
import type { DataSource, QueryRunner } from 'typeorm';

/** A number that nobody else uses on the bank's database. */
const MIGRATION_LOCK = 7_026_112_401;
const PAUSE_MS = 200;

/** Brings the tables up to date. Nodes that start together on a shared database wait for the one that does it. */
export async function migrate(
  dataSource: DataSource,
  { shared }: { readonly shared: boolean },
): Promise<void> {
  if (!shared) {
    await dataSource.runMigrations();
    return;
  }
  // On a connection of its own: the migrations commit on theirs.
  const holder = dataSource.createQueryRunner();
  try {
    await lock(holder);
    await dataSource.runMigrations();
  } finally {
    await holder.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK]).catch(() => undefined);
    await holder.release();
  }
}

/** Asked again and again, for one statement may not wait as long as a migration may take. */
async function lock(holder: QueryRunner): Promise<void> {
  for (;;) {
    // oxlint-disable-next-line no-await-in-loop -- waiting for another node
    const [row] = (await holder.query('SELECT pg_try_advisory_lock($1) AS held', [MIGRATION_LOCK])) as {
      held: boolean;
    }[];
    if (row?.held) return;
    // oxlint-disable-next-line no-await-in-loop -- waiting for another node
    await delay(PAUSE_MS);
  }
}
