import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { embeddedPostgres } from '@portcullis/nest/typeorm';
import { DataSource, type MigrationInterface } from 'typeorm';
import { clusterTemplates } from './cluster-templates.js';

type Migrations = readonly (new () => MigrationInterface)[];

/**
 * Puts a new database, in which the migrations have run, into a data folder of the embedded one. Copied: to make one takes
 * seconds, and most suites are not about that.
 */
export async function copyCluster(dataDir: string, migrations: Migrations): Promise<void> {
  const names = migrations.map(({ name }) => name).join();
  const template = join(clusterTemplates(), createHash('sha256').update(names).digest('hex'));
  if (!existsSync(template)) await make(template, migrations);
  cpSync(join(template, 'cluster'), join(dataDir, 'cluster'), { recursive: true });
}

async function make(template: string, migrations: Migrations): Promise<void> {
  const draft = mkdtempSync(`${template}-`);
  const dataSource = await new DataSource({
    type: 'postgres',
    driver: embeddedPostgres({ dataDir: draft }),
    migrations: [...migrations],
    migrationsTransactionMode: 'each',
  }).initialize();
  await dataSource.runMigrations();
  await dataSource.destroy();
  try {
    renameSync(draft, template);
  } catch {
    // Another worker was first.
    rmSync(draft, { recursive: true });
  }
}
