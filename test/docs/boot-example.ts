import 'reflect-metadata';
import { randomBytes } from 'node:crypto';
import type { AbstractHttpAdapter } from '@nestjs/core';
import type { DynamicModule, ModuleMetadata, Type } from '@nestjs/common';

/**
 * Imports a compiled example and, when it exports modules or controllers, starts an application of them on both HTTP
 * adapters. Runs in a process of its own, out of a folder that sees the packages as a reader's project does. What
 * only some examples need is loaded when they do: most of a run's time would go into it.
 */
const [, , file = '', source = ''] = process.argv;

class ExampleHost {}

type Imported = NonNullable<ModuleMetadata['imports']>[number];

function isClass(value: unknown): value is Type<object> {
  return typeof value === 'function';
}

function isModule(value: unknown): value is Type<object> | DynamicModule {
  if (typeof value === 'object' && value !== null && 'module' in value) return isClass(value.module);
  return (
    isClass(value) &&
    ['imports', 'providers', 'controllers', 'exports'].some((key) => Reflect.hasOwnMetadata(key, value))
  );
}

function isController(value: unknown): value is Type<object> {
  return isClass(value) && Reflect.hasOwnMetadata('__controller__', value);
}

/** What a block takes for granted, because its page says so: apps and users in a database, and their administration. */
async function surroundings(): Promise<Imported[]> {
  if (source.includes('PortcullisModule.')) return [];
  const { KeyRing, PortcullisModule } = await import('@portcullis/nest');
  const { embeddedPostgres, PORTCULLIS_ENTITIES, PORTCULLIS_MIGRATIONS, typeOrmStores } =
    await import('@portcullis/nest/typeorm');
  const { AdminModule } = await import('@portcullis/nest/admin');
  const { DataSource } = await import('typeorm');
  const dataSource = new DataSource({
    type: 'postgres',
    driver: embeddedPostgres({ dataDir: 'memory://' }),
    entities: [...PORTCULLIS_ENTITIES],
    migrations: [...PORTCULLIS_MIGRATIONS],
    migrationsTransactionMode: 'each',
  });
  await dataSource.initialize();
  await dataSource.runMigrations();
  const module = PortcullisModule.forRoot({
    publicOrigins: ['http://127.0.0.1'],
    stores: typeOrmStores(dataSource, { databaseIsOpenTo: 'this-process' }),
    keyRing: KeyRing.parse(randomBytes(32).toString('base64')),
  });
  const key = randomBytes(32).toString('base64url');
  return source.includes('AdminModule.') ? [module] : [module, AdminModule.forRoot({ key })];
}

async function adapters(): Promise<AbstractHttpAdapter[]> {
  const { ExpressAdapter } = await import('@nestjs/platform-express');
  const { FastifyAdapter } = await import('@nestjs/platform-fastify');
  return [new FastifyAdapter(), new ExpressAdapter()];
}

async function boot(exported: readonly unknown[]): Promise<void> {
  const modules = exported.filter(isModule);
  const listed = modules.flatMap((module) =>
    isClass(module) ? ((Reflect.getMetadata('controllers', module) as unknown[] | undefined) ?? []) : [],
  );
  const controllers = exported.filter(isController).filter((controller) => !listed.includes(controller));
  if (modules.length + controllers.length === 0) return;
  const { NestFactory } = await import('@nestjs/core');
  const { usePortcullis } = await import('@portcullis/nest');
  const imports = [...(await surroundings()), ...modules];
  for (const adapter of await adapters()) {
    const host = { module: ExampleHost, imports, controllers };
    const app = await NestFactory.create(host, adapter, {
      bodyParser: false,
      abortOnError: false,
      logger: ['error'],
    });
    usePortcullis(app);
    await app.listen(0, '127.0.0.1');
    await app.close();
  }
}

try {
  await boot(Object.values((await import(file)) as object));
  process.exit(0);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.name) : String(error)}\n`);
  process.exit(1);
}
