import { randomBytes } from 'node:crypto';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Apps, KeyRing, PortcullisModule, SessionsModule, usePortcullis, Users } from '@portcullis/nest';
import { OAuthModule } from '@portcullis/nest/oauth';
import { PORTCULLIS_ENTITIES, PORTCULLIS_MIGRATIONS, typeOrmStores } from '@portcullis/nest/typeorm';
import { DataSource } from 'typeorm';
import { listen, LOG_LEVELS } from '../stacks/listen.js';
import {
  CLIENT_ID,
  POOL_SIZE,
  RESOURCE,
  SCOPE,
  SERVICE_ID,
  type RefreshStack,
  type RefreshStackOptions,
} from './refresh-stack.js';

const USERNAME = 'user-1';
const SIGN_INS_AT_ONCE = 4;

async function connect({ databaseUrl, schema }: RefreshStackOptions): Promise<DataSource> {
  const dataSource = new DataSource({
    type: 'postgres',
    url: databaseUrl,
    schema,
    extra: { options: `-c search_path=${schema}` },
    poolSize: POOL_SIZE,
    entities: [...PORTCULLIS_ENTITIES],
    migrations: [...PORTCULLIS_MIGRATIONS],
    migrationsTransactionMode: 'each',
  });
  await dataSource.initialize();
  await dataSource.runMigrations();
  return dataSource;
}

async function signIn(port: number, password: string): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${port}/sessions`, {
    method: 'POST',
    headers: {
      'x-api-key': CLIENT_ID,
      authorization: `Basic ${Buffer.from(`${USERNAME}:${password}`).toString('base64')}`,
    },
  });
  if (answer.status !== 201)
    throw new Error(`a sign-in is answered ${answer.status}: ${await answer.text()}`);
  return ((await answer.json()) as { refresh_token: string }).refresh_token;
}

async function mint(count: number, port: number, password: string): Promise<string[]> {
  const tokens: string[] = [];
  while (tokens.length < count) {
    const some = Array.from({ length: Math.min(SIGN_INS_AT_ONCE, count - tokens.length) });
    // oxlint-disable-next-line no-await-in-loop -- a few at a time
    tokens.push(...(await Promise.all(some.map(() => signIn(port, password)))));
  }
  return tokens;
}

/** This library on PostgreSQL, with its options as they are. */
export async function start(options: RefreshStackOptions): Promise<RefreshStack> {
  const dataSource = await connect(options);
  @Module({
    imports: [
      PortcullisModule.forRoot({
        publicOrigins: [RESOURCE],
        stores: typeOrmStores(dataSource),
        keyRing: KeyRing.parse(randomBytes(32).toString('base64url')),
        tokens: { issuer: RESOURCE },
      }),
      SessionsModule,
      OAuthModule.forRoot(),
    ],
  })
  class IssuerModule {}
  const app = await NestFactory.create(IssuerModule, new FastifyAdapter(), {
    bodyParser: false,
    logger: LOG_LEVELS,
  });
  usePortcullis(app);
  const scopes = SCOPE.split(' ');
  const password = randomBytes(16).toString('base64url');
  await app
    .get(Apps)
    .register({ id: CLIENT_ID, name: 'App', clientType: 'public', scopes, sessionKind: 'tokens' });
  const { clientSecret: serviceSecret = '' } = await app.get(Apps).register({
    id: SERVICE_ID,
    name: 'Service',
    clientType: 'confidential',
    scopes,
    grantTypes: ['client_credentials'],
  });
  await app.get(Users).register({ username: USERNAME, password, scopes });
  const port = await listen(app);
  return { port, serviceSecret, mint: (count) => mint(count, port, password) };
}
