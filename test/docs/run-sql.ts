import { embeddedPostgres, PORTCULLIS_ENTITIES, PORTCULLIS_MIGRATIONS } from '@portcullis/nest/typeorm';
import { text } from 'node:stream/consumers';
import { DataSource } from 'typeorm';

/** Runs the statements that it reads in one session, on a database that has the tables of this library. */
const dataSource = new DataSource({
  type: 'postgres',
  driver: embeddedPostgres({ dataDir: 'memory://' }),
  entities: [...PORTCULLIS_ENTITIES],
  migrations: [...PORTCULLIS_MIGRATIONS],
  migrationsTransactionMode: 'each',
});
try {
  await dataSource.initialize();
  await dataSource.runMigrations();
  const session = dataSource.createQueryRunner();
  for (const statement of (await text(process.stdin)).split(/;\s*(?:\n|$)/))
    if (statement.trim() !== '') process.stdout.write(`${JSON.stringify(await session.query(statement))}\n`);
  process.exit(0);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
