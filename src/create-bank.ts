import { setTimeout as delay } from 'node:timers/promises';
import { Logger, type INestApplication } from '@nestjs/common';
import { NestFactory, type AbstractHttpAdapter } from '@nestjs/core';
import { ClaimStore, usePortcullis } from '@portcullis/nest';
import type { RedisStores } from '@portcullis/nest/redis';
import { typeOrmStores } from '@portcullis/nest/typeorm';
import type { Logger as PinoLogger } from 'pino';
import type { DataSource } from 'typeorm';
import { AppModule } from './app.module.js';
import { closeApp } from './close-app.js';
import type { Environment } from './config/environment.js';
import { readSecrets } from './config/read-secrets.js';
import { UnreachableServer } from './config/unreachable-server.js';
import { createDataSource } from './database/create-data-source.js';
import { migrate } from './database/migrate.js';
import { ApiDocument } from './docs/api-document.js';
import { Readiness } from './health/readiness.js';
import { BankDecisionLog } from './log/bank-decision-log.js';
import { BankLogger } from './log/bank-logger.js';

/** A caller who sends slower than this is not one of ours. */
const REQUEST_TIMEOUT_MS = 30_000;
const HEADERS_TIMEOUT_MS = 10_000;
const NOT_READY_MS = 250;
/** Fastify's own limit, 100, is shorter than an app's id; Node's limit on the whole head is this one. */
const LONGEST_PARAMETER = 16_384;

export interface Bank {
  readonly app: INestApplication;
  /** Not ready first, then in-flight requests finish, then what it holds is closed. */
  stop(): Promise<void>;
}

/** The bank on the adapter that the environment names, ready to listen. Throws when what it needs cannot be reached. */
export async function createBank(environment: Environment, pino: PinoLogger): Promise<Bank> {
  // Before anything is connected, for what goes wrong then is logged, too.
  Logger.overrideLogger(new BankLogger(pino));
  const secrets = readSecrets(environment);
  const dataSource = await connectDatabase(environment);
  let shared: RedisStores | undefined;
  try {
    await migrate(dataSource, { shared: environment.databaseUrl !== undefined });
    shared = await connectRedis(environment);
    const readiness = readinessOf(dataSource, shared);
    const stores = typeOrmStores(dataSource, {
      databaseIsOpenTo: environment.databaseUrl === undefined ? 'this-process' : 'many-processes',
    });
    const decisions = new BankDecisionLog(pino);
    const module = AppModule.forBank({ environment, secrets, stores, shared, decisions, readiness });
    const app = await createApp(module, environment, pino);
    const claims = app.get(ClaimStore, { strict: false });
    readiness.watch('claims', async () => {
      if (!claims.isUsable()) throw new Error('claims are refused');
    });
    return {
      app,
      async stop() {
        readiness.stop();
        // So that whoever watches sees it before connections are closed.
        await delay(NOT_READY_MS);
        await closeApp(app);
        await shared?.close();
        await dataSource.destroy();
      },
    };
  } catch (error) {
    await shared?.close();
    await dataSource.destroy();
    throw error;
  }
}

/** An embedded database says itself what is wrong with it, and names its folder. */
async function connectDatabase(environment: Environment): Promise<DataSource> {
  try {
    return await createDataSource(environment).initialize();
  } catch (error) {
    throw environment.databaseUrl === undefined ? error : new UnreachableServer('DATABASE_URL', error);
  }
}

async function connectRedis({ redisUrl }: Environment): Promise<RedisStores | undefined> {
  if (redisUrl === undefined) return undefined;
  try {
    const { RedisStores: Stores } = await import('@portcullis/nest/redis');
    return await Stores.connect({ url: redisUrl });
  } catch (error) {
    throw new UnreachableServer('REDIS_URL', error);
  }
}

function readinessOf(dataSource: DataSource, shared: RedisStores | undefined): Readiness {
  return new Readiness({
    database: () => dataSource.query('SELECT 1'),
    ...(shared && { redis: () => shared.redis.ping() }),
  });
}

/** Only the one that is used is loaded: each takes a good part of the start. */
async function adapterOf(name: Environment['httpAdapter']): Promise<AbstractHttpAdapter> {
  if (name === 'express') {
    const { ExpressAdapter } = await import('@nestjs/platform-express');
    return new ExpressAdapter();
  }
  const { FastifyAdapter } = await import('@nestjs/platform-fastify');
  return new FastifyAdapter({
    routerOptions: { maxParamLength: LONGEST_PARAMETER },
    // What still comes while the bank stops is served as on Express, and its connection closed.
    return503OnClosing: false,
  });
}

async function createApp(
  module: ReturnType<typeof AppModule.forBank>,
  { httpAdapter }: Environment,
  pino: PinoLogger,
): Promise<INestApplication> {
  const adapter = await adapterOf(httpAdapter);
  const app = await NestFactory.create(module, adapter, {
    bodyParser: false,
    // A start that fails is reported by whoever asked for it, in one line.
    abortOnError: false,
    logger: new BankLogger(pino),
  });
  usePortcullis(app);
  app.get(ApiDocument, { strict: false }).describe(app);
  const server = app.getHttpServer() as { requestTimeout: number; headersTimeout: number };
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  return app;
}
