import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { Controller, Get, Post } from '@nestjs/common';
import {
  Apps,
  KeyRing,
  Protect,
  SessionsModule,
  Users,
  type PortcullisModuleOptions,
  type SharedStores,
} from '@portcullis/nest';
import { RedisStores } from '@portcullis/nest/redis';
import { typeOrmStores } from '@portcullis/nest/typeorm';
import { Redis } from 'ioredis';
import type { DataSource, Logger } from 'typeorm';
import { BankClient, type Call } from '../support/bank-client.js';
import { BANK_TABLES } from '../support/bank-services.js';
import { ChangeFeed } from '../../libs/nest/src/state/index.js';
import { describeOnEachDatabase, type OpenedDatabase } from '../support/databases.js';
import { startHost, type Host } from '../support/host-app.js';
import { noteSecret } from '../support/log-book.js';
import { describeWithOwnRedis, OwnRedisServer } from '../support/own-redis-server.js';

const REQUESTS = 200;
/** Whoever else is busy on this machine says nothing about Redis. */
const PATIENCE_MS = 1_000;
/** It takes milliseconds, where nothing else keeps the machine busy. */
const HEARD_MS = 20_000;
const SCOPES = ['accounts:read'];
/** What a node does on its own account, however much it is asked: its heartbeat, last uses written behind, and the feed. */
const ON_ITS_OWN =
  /UPDATE portcullis_replay_journal\b|UPDATE portcullis_sessions session SET last_used_at\b|FROM portcullis_changes WHERE sequence >/;
const EVERY_SECOND = { lastUseFlushSeconds: 1 };

/** Handlers that ask nothing, so that whatever is asked is asked by the guards. */
@Controller()
class IdleController {
  @Protect({ app: SCOPES, signature: true, integrity: { singleUse: true }, user: SCOPES })
  @Post('everything')
  everything(): object {
    return {};
  }

  @Protect({ app: SCOPES, user: SCOPES })
  @Get('unsigned')
  unsigned(): object {
    return {};
  }
}

function queriesOf(dataSource: DataSource): string[] {
  const queries: string[] = [];
  const ignore = (): void => undefined;
  dataSource.logger = {
    logQuery: (query: string) => queries.push(query),
    logQueryError: ignore,
    logQuerySlow: ignore,
    logSchemaBuild: ignore,
    logMigration: ignore,
    log: ignore,
  } satisfies Logger;
  return queries;
}

function startIdleHost(dataSource: DataSource, shared: SharedStores | undefined): Promise<Host> {
  const module = {
    apps: undefined,
    claims: undefined,
    stores: typeOrmStores(dataSource),
    keyRing: KeyRing.parse(noteSecret(randomBytes(32).toString('base64url'))),
    sessions: EVERY_SECOND,
    ...(shared && { shared }),
  } as Partial<PortcullisModuleOptions>;
  return startHost('fastify', { controllers: [IdleController], module, imports: [SessionsModule] });
}

/** Registered, signed in, and seen by the node. */
async function newCaller({ app, url }: Host): Promise<BankClient> {
  const apps = app.get(Apps, { strict: false });
  const registered = await apps.register({ name: 'App', clientType: 'confidential', scopes: SCOPES });
  const appId = registered.app.id;
  const integrity = await apps.rotateSecret({ appId, purpose: 'integrity', overlapSeconds: 0 });
  const client = new BankClient({
    url,
    appId,
    signingSecret: registered.signingSecret as string,
    integritySecret: integrity.text,
  });
  const user = { username: `user-${appId}`, password: noteSecret(randomBytes(12).toString('base64url')) };
  await app.get(Users, { strict: false }).register({ ...user, scopes: SCOPES });
  expect((await client.signIn(user.username, user.password)).status).toBe(201);
  expect((await everything(client)).status).toBe(201);
  return client;
}

const everything = (client: BankClient, call: Call = {}) =>
  client.call('POST', '/everything', { body: { some: 'thing' }, ...call });
const unsigned = (client: BankClient) =>
  client.call('GET', '/unsigned', { signature: 'none', integrity: false });

describeOnEachDatabase('The hot path with replay state in memory', (open) => {
  let database: OpenedDatabase;
  let host: Host;
  let queries: string[];

  beforeAll(async () => {
    database = await open(BANK_TABLES);
    queries = queriesOf(database.dataSource);
    host = await startIdleHost(database.dataSource, undefined);
  });
  afterAll(async () => {
    await host.app.close();
    await database.close();
  });

  it('asks the database nothing, whatever is demanded', async () => {
    const client = await newCaller(host);
    queries.length = 0;
    const startedAt = performance.now();
    for (let n = 0; n < REQUESTS; n++)
      expect((await everything(client, { signature: n % 2 ? 'hawk' : 'rfc9421' })).status).toBe(201);
    for (let n = 0; n < REQUESTS; n++) expect((await unsigned(client)).status).toBe(200);
    const seconds = (performance.now() - startedAt) / 1000;
    expect(queries.filter((query) => !ON_ITS_OWN.test(query))).toEqual([]);
    // Once a second each, and not once a request.
    expect(queries.length).toBeLessThanOrEqual(3 * (seconds + 1));
  });

  it('writes as often for two hundred requests as for one', async () => {
    const client = await newCaller(host);
    const ownQueriesDuring = async (requests: number, atLeastMs: number) => {
      queries.length = 0;
      const startedAt = performance.now();
      const done = delay(atLeastMs);
      for (let n = 0; n < requests; n++) expect((await unsigned(client)).status).toBe(200);
      await done;
      return { count: queries.length, tookMs: performance.now() - startedAt };
    };
    const many = await ownQueriesDuring(REQUESTS, 2_500);
    // For as long as those took: timers write, whatever is asked.
    const one = await ownQueriesDuring(1, many.tookMs);
    expect(one.count).toBeGreaterThan(0);
    // A timer's turn may fall on either side of the border.
    expect(many.count - one.count).toBeLessThanOrEqual(3);
  });

  it('asks once, however many come at the same time, when it has to look again', async () => {
    const client = await newCaller(host);
    const { appId } = client.parts;
    await host.app.get(Apps, { strict: false }).change(appId, { name: 'Renamed' });
    queries.length = 0;
    const answers = await Promise.all(Array.from({ length: 20 }, () => unsigned(client)));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
    const asked = queries.filter((query) => !ON_ITS_OWN.test(query));
    expect(asked.filter((query) => query.includes('portcullis_apps'))).toHaveLength(1);
    expect(asked.length).toBeLessThanOrEqual(2);
  });

  it('notices a suspension at once', async () => {
    const client = await newCaller(host);
    await host.app.get(Apps, { strict: false }).change(client.parts.appId, { suspended: true });
    expect((await unsigned(client)).code).toBe('app_key_invalid');
    expect((await everything(client)).status).toBe(401);
  });
});

describeWithOwnRedis('The hot path with replay state in Redis', () => {
  describeOnEachDatabase('', (open) => {
    let redis: OwnRedisServer;
    let database: OpenedDatabase;
    let shared: RedisStores;
    let asker: Redis;
    let monitor: Redis;
    let host: Host;
    let queries: string[];
    const commands: string[] = [];

    beforeAll(async () => {
      redis = await OwnRedisServer.start();
      // While nobody asks anything: the client trips over what it hears before its MONITOR has been answered.
      asker = new Redis(redis.url);
      await once(asker, 'ready');
      monitor = await asker.monitor();
      // What a script does inside the server is no round trip.
      monitor.on('monitor', (_at: string, [name = '', said = '']: string[], source: string) => {
        if (source !== 'lua') commands.push(name === 'echo' ? said : name.toLowerCase());
      });
      database = await open(BANK_TABLES);
      queries = queriesOf(database.dataSource);
      shared = await RedisStores.connect({ url: redis.url, commandTimeoutMs: PATIENCE_MS });
      host = await startIdleHost(database.dataSource, shared);
    });
    afterAll(async () => {
      asker.disconnect();
      monitor.disconnect();
      await host.app.close();
      await shared.close();
      await redis.end();
      await database.close();
    });

    /** What is monitored arrives over another connection than the answers, in the order in which it was asked. */
    const settledCommands = async (): Promise<string[]> => {
      await delay(200);
      const mark = randomBytes(8).toString('hex');
      await asker.echo(mark);
      while (!commands.includes(mark)) await delay(10);
      return commands.splice(0).filter((name) => name !== mark);
    };

    it('asks Redis once a signed request, and the database nothing', async () => {
      const client = await newCaller(host);
      await settledCommands();
      queries.length = 0;
      for (let n = 0; n < REQUESTS; n++)
        expect((await everything(client, { signature: n % 2 ? 'hawk' : 'rfc9421' })).status).toBe(201);
      expect(await settledCommands()).toEqual(Array.from({ length: REQUESTS }, () => 'evalsha'));
      expect(queries.filter((query) => !ON_ITS_OWN.test(query))).toEqual([]);
    });

    it('asks neither when nothing is to be claimed', async () => {
      const client = await newCaller(host);
      await settledCommands();
      queries.length = 0;
      for (let n = 0; n < REQUESTS; n++) expect((await unsigned(client)).status).toBe(200);
      expect(await settledCommands()).toEqual([]);
      expect(queries.filter((query) => !ON_ITS_OWN.test(query))).toEqual([]);
    });

    it('asks Redis nothing about what is refused before', async () => {
      const client = await newCaller(host);
      await settledCommands();
      const forged = new BankClient({ ...client.parts, signingSecret: noteSecret('x'.repeat(43)) });
      expect((await everything(forged)).code).toBe('signature_invalid');
      expect((await everything(client, { integrity: false })).code).toBe('integrity_token_missing');
      expect(await settledCommands()).toEqual([]);
    });

    it('notices a suspension that another node announces', async () => {
      // It reads every second as well, however that is.
      const feed = host.app.get(ChangeFeed, { strict: false }) as unknown as { poll(): void };
      const poll = jest.spyOn(feed, 'poll').mockReturnValue(undefined);
      const client = await newCaller(host);
      const { appId } = client.parts;
      const other = await RedisStores.connect({ url: redis.url, commandTimeoutMs: PATIENCE_MS });
      await database.dataSource.query('UPDATE portcullis_apps SET suspended = true WHERE id = $1', [appId]);
      expect((await unsigned(client)).status).toBe(200);
      const change = { kind: 'app', id: appId, expiresAt: new Date(Date.now() + 60_000) } as const;
      await typeOrmStores(database.dataSource).changes.append([change], new Date());
      await other.announcements.announce();
      const deadline = performance.now() + HEARD_MS;
      while ((await unsigned(client)).status === 200 && performance.now() < deadline) await delay(10);
      expect((await unsigned(client)).code).toBe('app_key_invalid');
      poll.mockRestore();
      await other.close();
    });
  });
});
