import { Controller, Get, Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import {
  CallingUser,
  KeyRing,
  MemoryClaimStore,
  PortcullisModule,
  Protect,
  SessionsModule,
  SystemClock,
  usePortcullis,
  type CallingUserFacts,
  type PortcullisModuleOptions,
} from '@portcullis/nest';
import { AdminModule } from '@portcullis/nest/admin';
import { OAuthModule, type OAuthOptionsInput } from '@portcullis/nest/oauth';
import { RedisStores } from '@portcullis/nest/redis';
import { PORTCULLIS_ENTITIES, PORTCULLIS_MIGRATIONS, typeOrmStores } from '@portcullis/nest/typeorm';
import { DataSource } from 'typeorm';
import { LOG_LEVELS } from './listen.js';
import { answerAboutUse } from './use.js';

/**
 * A host that issues tokens and nothing else, as a process: for lives that are shorter than a bank's, and for several
 * nodes without Redis, which a bank that admits signed requests cannot be. It reads `TOKEN_HOST`, these options as JSON,
 * and says `ready` once it listens.
 */
export interface TokenHostOptions {
  readonly port: number;
  readonly origin: string;
  readonly databaseUrl: string;
  readonly redisUrl?: string | undefined;
  readonly adminKey: string;
  readonly keyRing: string;
  /** Over the defaults. */
  readonly options?: Partial<Pick<PortcullisModuleOptions, 'sessions' | 'revocation' | 'registry'>> & {
    readonly tokens?: Partial<PortcullisModuleOptions['tokens']>;
  };
  readonly oauth?: OAuthOptionsInput | undefined;
}

/** Of which a start waits for whoever migrates. */
const MIGRATION_LOCK = 7_026_112_402;

/** As a production host has them: whoever waits longer is told 503 while they still listen. */
const LIMITS = {
  poolSize: 10,
  connectTimeoutMS: 3_000,
  extra: { statement_timeout: 5_000, query_timeout: 7_000, keepAlive: true },
};

@Controller()
class MineController {
  @Protect({ user: true })
  @Get('mine')
  mine(@CallingUser() { id }: CallingUserFacts): object {
    return { id };
  }

  @Protect({ user: true, revocation: 'strict' })
  @Get('strict')
  strict(@CallingUser() { id }: CallingUserFacts): object {
    return { id };
  }
}

async function connect(url: string): Promise<DataSource> {
  const dataSource = new DataSource({
    type: 'postgres',
    url,
    ...LIMITS,
    entities: [...PORTCULLIS_ENTITIES],
    migrations: [...PORTCULLIS_MIGRATIONS],
    migrationsTransactionMode: 'each',
  });
  await dataSource.initialize();
  const holder = dataSource.createQueryRunner();
  await holder.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
  await dataSource.runMigrations();
  await holder.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK]);
  await holder.release();
  return dataSource;
}

function moduleOf(given: TokenHostOptions, dataSource: DataSource, shared: RedisStores | undefined): Type {
  const { origin, options = {} } = given;
  @Module({
    imports: [
      PortcullisModule.forRoot({
        publicOrigins: [origin],
        stores: typeOrmStores(dataSource),
        keyRing: KeyRing.parse(given.keyRing),
        // None of its routes takes a signature: nothing is claimed, and nodes need not share it.
        ...(shared ? { shared } : { claims: new MemoryClaimStore(new SystemClock(), { forgottenUntil: 0 }) }),
        problems: 'all',
        ...options,
        tokens: { issuer: origin, ...options.tokens },
      }),
      SessionsModule,
      OAuthModule.forRoot(given.oauth),
      AdminModule.forRoot({ key: given.adminKey }),
    ],
    controllers: [MineController],
  })
  class HostModule {}
  return HostModule;
}

async function start(given: TokenHostOptions): Promise<void> {
  const dataSource = await connect(given.databaseUrl);
  const shared =
    given.redisUrl === undefined ? undefined : await RedisStores.connect({ url: given.redisUrl });
  const app = await NestFactory.create(moduleOf(given, dataSource, shared), new FastifyAdapter(), {
    bodyParser: false,
    logger: LOG_LEVELS,
  });
  usePortcullis(app);
  await app.listen(given.port, '127.0.0.1');
  const stop = async (): Promise<void> => {
    await app.close();
    await shared?.close();
    await dataSource.destroy();
    process.exit(0);
  };
  process.on('SIGTERM', () => void stop());
  answerAboutUse(given.port);
  process.stdout.write('ready\n');
}

start(JSON.parse(process.env['TOKEN_HOST'] ?? '{}') as TokenHostOptions).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exit(1);
});
