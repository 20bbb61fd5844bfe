import { Pool } from 'pg';
import { startProvider } from './oidc-provider.js';
import { PostgresAdapter, TABLE } from './postgres-adapter.js';
import { POOL_SIZE, type RefreshStack, type RefreshStackOptions } from './refresh-stack.js';

export async function start({ databaseUrl, schema }: RefreshStackOptions): Promise<RefreshStack> {
  const pool = new Pool({
    connectionString: databaseUrl,
    options: `-c search_path=${schema}`,
    max: POOL_SIZE,
    idleTimeoutMillis: 0,
  });
  // oxlint-disable-next-line no-await-in-loop -- indexes come after their table
  for (const statement of TABLE) await pool.query(statement);
  return startProvider((kind) => new PostgresAdapter(kind, pool));
}
