import { PORTCULLIS_ENTITIES, PORTCULLIS_MIGRATIONS } from '@portcullis/nest/typeorm';
import type { DataSource } from 'typeorm';
import { describeOnEachDatabase, type OpenedDatabase } from '../support/databases.js';

const TABLES = { entities: PORTCULLIS_ENTITIES, migrations: PORTCULLIS_MIGRATIONS };

/** Everything in the schema that has a name or a definition. */
async function contentsOf(dataSource: DataSource): Promise<string[]> {
  const rows = await dataSource.query<{ what: string }[]>(`
    WITH here AS (SELECT current_schema()::regnamespace::oid AS id)
    SELECT 'relation ' || relname || ' ' || relkind::text AS what
      FROM pg_class, here WHERE relnamespace = here.id
    UNION ALL SELECT 'column ' || attrelid::regclass || '.' || attname || ' ' || format_type(atttypid, atttypmod)
        || ' ' || attnotnull || ' ' || coalesce(collname, '')
      FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
      LEFT JOIN pg_collation ON pg_collation.oid = attcollation, here
      WHERE relnamespace = here.id AND relkind = 'r' AND attnum > 0 AND NOT attisdropped
    UNION ALL SELECT 'constraint ' || conname || ' ' || pg_get_constraintdef(pg_constraint.oid)
      FROM pg_constraint, here WHERE connamespace = here.id
    UNION ALL SELECT 'type ' || typname FROM pg_type, here WHERE typnamespace = here.id
    UNION ALL SELECT 'routine ' || proname FROM pg_proc, here WHERE pronamespace = here.id
    ORDER BY 1`);
  return rows.map(({ what }) => what);
}

async function undoAll(dataSource: DataSource): Promise<void> {
  for (const _ of PORTCULLIS_MIGRATIONS) await dataSource.undoLastMigration({ transaction: 'each' });
}

describeOnEachDatabase('the migrations', (open) => {
  let database: OpenedDatabase;

  beforeEach(async () => {
    database = await open(TABLES);
  });
  afterEach(() => database.close());

  const differences = async () => {
    const { upQueries } = await database.dataSource.driver.createSchemaBuilder().log();
    return upQueries.map(({ query }) => query);
  };

  it('go up, down and up again, leaving nothing behind in between', async () => {
    const { dataSource } = database;
    const up = await contentsOf(dataSource);
    for (const { tableName } of dataSource.entityMetadatas) {
      expect(up).toContain(`relation ${tableName} r`);
    }
    await undoAll(dataSource);
    const bare = await open({ migrations: [] });
    expect(await contentsOf(dataSource)).toEqual(await contentsOf(bare.dataSource));
    await bare.close();
    await dataSource.runMigrations();
    expect(await contentsOf(dataSource)).toEqual(up);
  });

  it('make what the entities describe', async () => {
    expect(await differences()).toEqual([]);
    await database.dataSource.query(
      'ALTER TABLE portcullis_users ALTER COLUMN created_at TYPE timestamptz(6)',
    );
    await database.dataSource.query('DROP INDEX portcullis_sessions_app_id_idx');
    expect(await differences()).toHaveLength(2);
  });

  it('have an index for every foreign key, so that a removal needs not read whole tables', async () => {
    const bare = await database.dataSource.query(`
      SELECT conname FROM pg_constraint
      WHERE contype = 'f' AND connamespace = current_schema()::regnamespace AND NOT EXISTS (
        SELECT FROM pg_index WHERE indrelid = conrelid AND indkey[0] = conkey[1])`);
    expect(bare).toEqual([]);
  });

  it('are named by the order in which they run, each once', () => {
    const stamps = PORTCULLIS_MIGRATIONS.map(({ name }) => Number(/\d{13}$/.exec(name)?.[0]));
    expect(stamps).toEqual([...new Set(stamps)].toSorted((a, b) => a - b));
  });
});
