import { randomBytes } from 'node:crypto';
import { Client } from 'pg';

export function databaseUrl(): string {
  const url = process.env['DATABASE_URL'];
  if (!url) throw new Error('DATABASE_URL names no PostgreSQL to run on');
  return url;
}

async function ask(...statements: readonly string[]): Promise<void> {
  const client = new Client({ connectionString: databaseUrl() });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

const newName = () => `bench_${randomBytes(4).toString('hex')}`;

/** A schema of its own for each name. */
export async function createSchemas<Name extends string>(
  names: readonly Name[],
): Promise<Record<Name, string>> {
  const run = newName();
  const schemas = names.map((name, at) => [name, `${run}_${at}`] as const);
  await ask(...schemas.map(([, schema]) => `CREATE SCHEMA ${schema}`));
  return Object.fromEntries(schemas) as Record<Name, string>;
}

export function dropSchemas(schemas: Readonly<Record<string, string>>): Promise<void> {
  return ask(...Object.values(schemas).map((schema) => `DROP SCHEMA ${schema} CASCADE`));
}

export interface OwnDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

/** On the server that `DATABASE_URL` names. */
export async function createDatabase(): Promise<OwnDatabase> {
  const name = newName();
  await ask(`CREATE DATABASE ${name}`);
  const url = new URL(databaseUrl());
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => ask(`DROP DATABASE ${name} WITH (FORCE)`) };
}
