import { Controller, Get } from '@nestjs/common';
import { PORTCULLIS_ENTITIES, PORTCULLIS_MIGRATIONS } from '@portcullis/nest/typeorm';
import { Redis } from 'ioredis';
import { startBank, type RunningBank } from '../support/bank.js';
import { describeOnEachDatabase, type OpenedDatabase } from '../support/databases.js';
import { TestClock } from '../support/host-app.js';
import { describeWithOwnRedis, OwnRedisServer } from '../support/own-redis-server.js';
import {
  newKeyRing,
  startOperatedHost,
  type OperatedHost,
  type OperatedHostOptions,
} from './operated-host.js';
import { Operator, type Told } from './run-portcullis.js';

interface Finding {
  readonly name: string;
  readonly status: string;
  readonly detail: string;
  readonly advice?: string;
}

const examine = async (operator: Operator, ...more: string[]) => {
  const told = await operator.run(['doctor', '--json', ...more]);
  const { ok, checks } = JSON.parse(told.stdout) as { ok: boolean; checks: Finding[] };
  return { ok, code: told.code, checks, of: (name: string) => checks.find((check) => check.name === name) };
};
type Examined = Awaited<ReturnType<typeof examine>>;

/** Looks again, a few times, where a machine that is busy was not well for a moment. */
const examineUntil = async (operator: Operator, isSo: (found: Examined) => boolean): Promise<Examined> => {
  let found = await examine(operator);
  for (let tries = 1; tries < 5 && !isSo(found); tries++) found = await examine(operator);
  return found;
};
const statusesOf = (checks: readonly Finding[]) =>
  Object.fromEntries(checks.map(({ name, status }) => [name, status]));

/** What the machine that runs the tests may be too busy for. */
const AT_LEAST_THERE = expect.stringMatching(/^(?:ok|warn)$/);
const MAY_BE_SLOW = ['reachable', 'database', 'redis'];
const isWell = ({ ok, checks }: Examined) =>
  ok && checks.every(({ name, status }) => status === 'ok' || MAY_BE_SLOW.includes(name));

class NeverRun1999999999999 {
  async up(): Promise<void> {}
  async down(): Promise<void> {}
}

@Controller('forgotten')
class ForgottenController {
  @Get()
  get(): object {
    return {};
  }
}

const TABLES = { entities: [...PORTCULLIS_ENTITIES], migrations: [...PORTCULLIS_MIGRATIONS] };

describeOnEachDatabase('portcullis doctor', (open) => {
  let database: OpenedDatabase;
  const hosts: OperatedHost[] = [];
  beforeAll(async () => {
    database = await open(TABLES);
  });
  afterEach(async () => {
    for (const { app } of hosts.splice(0)) await app.close();
    if (database.dataSource.isInitialized) await database.dataSource.query('DELETE FROM portcullis_apps');
  });
  afterAll(() => database.close());

  const start = async (parts: Omit<OperatedHostOptions, 'dataSource'> = {}) => {
    const host = await startOperatedHost({ dataSource: database.dataSource, ...parts });
    hosts.push(host);
    return host.operator;
  };

  it('finds nothing where all is well', async () => {
    const operator = await start();
    const { ok, code, checks } = await examineUntil(operator, isWell);
    expect([ok, code]).toEqual([true, 0]);
    expect(statusesOf(checks)).toEqual({
      address: 'ok',
      reachable: AT_LEAST_THERE,
      key: 'ok',
      'clock-here': 'ok',
      'public-origins': 'ok',
      'trusted-proxies': 'ok',
      'unguarded-routes': 'ok',
      'replay-state': 'ok',
      revocations: 'ok',
      sessions: 'ok',
      apps: 'ok',
      'key-ring': 'ok',
      database: AT_LEAST_THERE,
      'database-clock': 'ok',
      'database-migrations': 'ok',
    });
    expect((await operator.run(['doctor'])).stdout).toMatch(
      /^CHECK +STATUS +DETAIL\naddress +ok +http[^]+\n\S/,
    );
  });

  it('finds a route that nobody guards, and says what to do', async () => {
    const operator = await start({ controllers: [ForgottenController], options: { unguarded: 'warn' } });
    const { ok, code, of } = await examine(operator);
    expect([ok, code, of('unguarded-routes')]).toMatchObject([
      false,
      1,
      {
        status: 'fail',
        detail: expect.stringContaining('GET /forgotten'),
        advice: expect.stringContaining('@Public()'),
      },
    ]);
    const { stdout, code: again } = await operator.run(['doctor']);
    expect([again, stdout]).toEqual([
      1,
      expect.stringMatching(/\nWhat to do:\n {2}unguarded-routes: Protect them/),
    ]);
  });

  it('warns where the next one would be let through', async () => {
    const operator = await start({ options: { unguarded: 'allow' } });
    expect((await examine(operator)).of('unguarded-routes')).toMatchObject({ status: 'warn' });
    const { code } = await examineUntil(operator, (found) => found.ok);
    expect([code, (await examine(operator, '--strict')).code]).toEqual([0, 1]);
  });

  it('finds a public origin without TLS, and not one of this machine', async () => {
    const publicOrigins = ['http://api.example.com', 'http://127.0.0.1:3000', 'https://api.example.com'];
    const { of } = await examine(await start({ options: { publicOrigins } }));
    expect(of('public-origins')).toMatchObject({
      status: 'fail',
      detail: expect.stringMatching(/: http:\/\/api\.example\.com$/),
    });
  });

  it('warns where a proxy seems to be, and is not believed', async () => {
    const publicOrigins = ['https://api.example.com'];
    expect((await examine(await start({ options: { publicOrigins } }))).of('trusted-proxies')).toMatchObject({
      status: 'warn',
    });
    const trusted = { publicOrigins, trustedProxies: ['127.0.0.1'] };
    await hosts.splice(0)[0]?.app.close();
    expect((await examine(await start({ options: trusted }))).of('trusted-proxies')).toMatchObject({
      status: 'ok',
    });
  });

  it('warns of replay state in memory on a database that others can open', async () => {
    const operator = await start({ databaseIsOpenTo: 'many-processes' });
    const { of } = await examineUntil(operator, (found) => found.ok);
    expect(of('replay-state')).toMatchObject({
      status: 'warn',
      advice: expect.stringContaining('REDIS_URL'),
    });
  });

  it('warns of sessions that live very long', async () => {
    const sessions = { idleTtlSeconds: 7 * 86_400, absoluteTtlSeconds: 90 * 86_400 };
    expect((await examine(await start({ options: { sessions } }))).of('sessions')).toMatchObject({
      status: 'warn',
    });
  });

  it('finds a clock that is not that of the database', async () => {
    // In the middle of what is told as 3: by half of what the answer takes, it may be off.
    const clock = new TestClock(3_500);
    const operator = await start({ options: { clock } });
    const { of } = await examine(operator);
    expect(of('database-clock')).toMatchObject({
      status: 'warn',
      detail: expect.stringMatching(/3\.\d s behind this node/),
    });
    expect(of('clock-here')).toMatchObject({
      status: 'warn',
      detail: expect.stringMatching(/ahead of this machine/),
    });
    clock.advance(60);
    expect((await examine(operator)).of('database-clock')).toMatchObject({ status: 'fail' });
    expect((await examine(operator)).of('clock-here')).toMatchObject({ status: 'fail' });
  });

  it('finds a key ring that has lost a key', async () => {
    const create = [
      'apps',
      'create',
      '--id',
      'bank-ios',
      '--name',
      'x',
      '--client-type',
      'public',
      '--signing',
    ];
    expect((await (await start()).run(create)).code).toBe(0);
    await hosts.splice(0)[0]?.app.close();
    const { of } = await examine(await start({ options: { keyRing: newKeyRing() } }));
    expect(of('key-ring')).toMatchObject({ status: 'fail', detail: 'does not open secrets of bank-ios' });
  });

  it('counts apps, and warns of one that cannot authenticate any more', async () => {
    const operator = await start();
    const create = ['apps', 'create', '--id', 'reports', '--name', 'x', '--client-type', 'confidential'];
    await operator.run(create);
    expect((await examine(operator)).of('apps')).toMatchObject({
      status: 'ok',
      detail: '1 registered, 0 suspended',
    });
    await operator.run(['apps', 'suspend', 'reports']);
    const secrets = await operator.json<{ secretId: string; purpose: string }[]>([
      'secrets',
      'list',
      'reports',
    ]);
    for (const { secretId, purpose } of secrets)
      await operator.run(['secrets', 'remove', 'reports', secretId, '--purpose', purpose, '--yes']);
    expect((await examine(operator)).of('apps')).toMatchObject({
      status: 'warn',
      detail: '1 registered, 1 suspended; confidential and without any secret: reports',
    });
  });

  it('warns of an app that has nowhere to be answered, and names those that are allowed what is weak', async () => {
    const operator = await start();
    const create = ['apps', 'create', '--name', 'x', '--client-type', 'public', '--grant-type'];
    await operator.run([...create, 'authorization_code', '--id', 'nowhere']);
    await operator.run([...create, 'password', '--id', 'kiosk']);
    const finding = (await examine(operator)).of('apps');
    expect(finding).toMatchObject({ status: 'warn', advice: expect.stringContaining('--redirect-uri') });
    expect(finding?.detail).toMatch(/allowed what is weak: kiosk; users sign in .*: nowhere$/);
  });

  it('finds an issuer without TLS, and not one of this machine', async () => {
    const issuer = async (at: string) => {
      const { of } = await examine(await start({ options: { tokens: { issuer: at } } }));
      return of('issuer')?.status;
    };
    expect(await issuer('http://bank.example')).toBe('fail');
    expect(await issuer('http://127.0.0.1:3000')).toBe('ok');
    expect(await issuer('https://bank.example')).toBe('ok');
  });

  it('finds migrations that have not run', async () => {
    const operator = await start();
    database.dataSource.migrations.push(new NeverRun1999999999999() as never);
    const { of } = await examine(operator);
    database.dataSource.migrations.pop();
    expect(of('database-migrations')).toMatchObject({
      status: 'fail',
      detail: 'have not run: NeverRun1999999999999',
    });
  });

  it('[N06] finds, at the end, a database that is away, and answers all the same', async () => {
    const operator = await start();
    await database.dataSource.destroy();
    const { code, of } = await examine(operator);
    expect([code, of('database')]).toMatchObject([
      1,
      { status: 'fail', advice: expect.stringContaining('DATABASE_URL') },
    ]);
    expect([of('key')?.status, of('apps')?.status]).toEqual(['ok', 'fail']);
  });
});

describeWithOwnRedis('[I08] portcullis doctor looks at Redis', () => {
  let redis: OwnRedisServer;
  let bank: RunningBank;
  let operator: Operator;
  let settings: Redis;
  beforeAll(async () => {
    redis = await OwnRedisServer.start();
    settings = new Redis(redis.url);
    settings.on('error', () => undefined);
    bank = await startBank('express', { REDIS_URL: redis.url });
    operator = new Operator(bank.url, bank.admin.key);
  });
  afterAll(async () => {
    await settings.quit().catch(() => undefined);
    await bank.stop();
    await redis.end();
  });

  it('and finds nothing where it keeps what it is given', async () => {
    const { checks, code } = await examineUntil(operator, isWell);
    expect([code, statusesOf(checks)]).toMatchObject([
      0,
      { redis: AT_LEAST_THERE, 'redis-clock': 'ok', 'redis-eviction': 'ok', 'replay-state': 'ok' },
    ]);
  });

  it('and finds one that evicts nonces, or would', async () => {
    await settings.config('SET', 'maxmemory-policy', 'allkeys-lru');
    expect((await examine(operator)).of('redis-eviction')).toMatchObject({ status: 'warn' });
    await settings.config('SET', 'maxmemory', '100mb');
    const { code, of } = await examine(operator);
    expect([code, of('redis-eviction')]).toMatchObject([
      1,
      { status: 'fail', advice: expect.stringContaining('maxmemory-policy noeviction') },
    ]);
    await settings.config('SET', 'maxmemory-policy', 'noeviction');
    expect((await examine(operator)).of('redis-eviction')).toMatchObject({ status: 'ok' });
  });

  it('[N01] and finds one that is away', async () => {
    await redis.kill();
    const { code, of } = await examine(operator);
    expect([code, of('redis')]).toMatchObject([1, { status: 'fail', detail: 'does not answer' }]);
    const told: Told = await operator.run(['doctor']);
    expect(told.stdout).toContain('REDIS_URL');
    await redis.run();
  });
});
