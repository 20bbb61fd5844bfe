import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { connectRedis, RedisAnnouncements } from '@portcullis/nest/redis';
import { PORTCULLIS_MIGRATIONS, PostgresAnnouncements, typeOrmStores } from '@portcullis/nest/typeorm';
import type { DataSource } from 'typeorm';
import { LocalAnnouncements } from '../../libs/nest/src/stores/memory/index.js';
import type { Announcements } from '../../libs/nest/src/state/index.js';
import { describeOnEachDatabase, type OpenedDatabase } from '../support/databases.js';
import { until } from '../support/feed-node.js';
import { describeWithOwnRedis, OwnRedisServer } from '../support/own-redis-server.js';

const url = process.env['REDIS_URL'];
if (url === undefined) process.stdout.write('Redis: skipped, REDIS_URL is not set\n');

beforeAll(() => Logger.overrideLogger(false));

/** For a Redis that shares the machine with other suites. */
const PATIENCE_MS = 1_000;

/** How often a listener has been called. */
class Listener {
  calls = 0;

  constructor(announcements: Announcements) {
    announcements.listen(() => void this.calls++);
  }

  /** Waits until it was called this often. */
  async reaches(calls: number): Promise<void> {
    await until(() => this.calls >= calls);
  }

  /** Calls that come from now on. */
  async settle(): Promise<void> {
    await delay(150);
    this.calls = 0;
  }
}

async function openOn(address: string, keyPrefix: string) {
  const redis = connectRedis(address, { commandTimeoutMs: PATIENCE_MS });
  if (redis.status !== 'ready') await new Promise((resolve) => redis.once('ready', resolve));
  const announcements = new RedisAnnouncements({ redis, keyPrefix });
  const listener = new Listener(announcements);
  await listener.reaches(1);
  await listener.settle();
  return {
    redis,
    announcements,
    listener,
    async close() {
      await announcements.close();
      redis.disconnect();
    },
  };
}

describe('announcements of one process', () => {
  it('have called every listener when they return', () => {
    const announcements = new LocalAnnouncements();
    const listeners = [new Listener(announcements), new Listener(announcements)];
    void announcements.announce();
    expect(listeners.map(({ calls }) => calls)).toEqual([1, 1]);
  });
});

(url === undefined ? describe.skip : describe)('announcements through Redis', () => {
  const open = (keyPrefix = `test-${randomUUID()}:`) => openOn(url as string, keyPrefix);

  it('reach the other nodes, and only those that share the prefix', async () => {
    const keyPrefix = `test-${randomUUID()}:`;
    const [one, other, stranger] = await Promise.all([open(keyPrefix), open(keyPrefix), open()]);
    await one.announcements.announce();
    await other.listener.reaches(1);
    await stranger.listener.settle();
    expect(other.listener.calls).toBe(1);
    await Promise.all([one, other, stranger].map((node) => node.close()));
  });

  it('carry nothing, whatever a stranger puts into them', async () => {
    const keyPrefix = `test-${randomUUID()}:`;
    const node = await open(keyPrefix);
    const heard: unknown[][] = [];
    node.announcements.listen((...said: unknown[]) => void heard.push(said));
    const messages = ['', 'everything', '{', '{"kind":"app","id":"bank"}'];
    for (const message of messages) await node.redis.publish(`${keyPrefix}announcements`, message);
    await node.listener.reaches(messages.length);
    expect(heard).toEqual(messages.map(() => []));
    await node.close();
  });

  it('are heard no more after closing, and closing is no news', async () => {
    const node = await open();
    await node.close();
    await delay(100);
    expect(node.listener.calls).toBe(0);
  });
});

describeWithOwnRedis('announcements while Redis fails', () => {
  it('never throw, and call the listeners as soon as Redis is back', async () => {
    const server = await OwnRedisServer.start();
    const node = await openOn(server.url, 'test:');
    await server.kill();
    await node.announcements.announce();
    await node.listener.settle();
    await server.run();
    await node.listener.reaches(1);
    await until(() => node.redis.status === 'ready');
    await node.listener.settle();
    await node.announcements.announce();
    await node.listener.reaches(1);
    await node.close();
    await server.end();
  });
});

describeOnEachDatabase('announcements of the database', (open, kind) => {
  let database: OpenedDatabase;
  const opened: PostgresAnnouncements[] = [];

  beforeAll(async () => {
    database = await open({ migrations: PORTCULLIS_MIGRATIONS });
  });
  afterEach(async () => {
    for (const announcements of opened.splice(0)) await announcements.close();
  });
  afterAll(() => database.close());

  const listenTo = async (dataSource: DataSource) => {
    const announcements = new PostgresAnnouncements(dataSource);
    opened.push(announcements);
    const listener = new Listener(announcements);
    if (kind === 'server') await listener.reaches(1);
    await listener.settle();
    return { announcements, listener };
  };
  const record = (dataSource: DataSource) =>
    typeOrmStores(dataSource).changes.append([{ kind: 'app', id: 'app', expiresAt: new Date() }], new Date());
  const listening = async (): Promise<{ pid: number }[]> =>
    database.dataSource.query(
      `SELECT pid FROM pg_stat_activity WHERE query = 'LISTEN "portcullis_changes_' || md5(current_schema()) || '"'`,
    );

  /** As many, once the server has noticed which connections have ended. */
  const listeningAre = async (count: number) => {
    const giveUpAt = performance.now() + 20_000;
    let found = await listening();
    for (; found.length !== count && performance.now() < giveUpAt; found = await listening()) await delay(20);
    expect(found).toHaveLength(count);
    return found;
  };

  if (kind === 'embedded') {
    it('are not to be heard, and nobody is warned of that', async () => {
      const warned: unknown[] = [];
      const silent = () => undefined;
      Logger.overrideLogger({ log: silent, error: silent, warn: (said) => warned.push(said) });
      const { listener } = await listenTo(database.dataSource);
      await record(database.dataSource);
      await listener.settle();
      Logger.overrideLogger(false);
      expect(warned).toEqual([]);
    });
    return;
  }

  it('reach the other nodes with the commit, and only those of the schema', async () => {
    const elsewhere = await open({ migrations: PORTCULLIS_MIGRATIONS });
    const [node, stranger] = [await listenTo(await database.another()), await listenTo(elsewhere.dataSource)];
    const { transactions, changes } = typeOrmStores(database.dataSource);
    await transactions.run(async () => {
      await changes.append([{ kind: 'app', id: 'app', expiresAt: new Date() }], new Date());
      await delay(150);
      expect(node.listener.calls).toBe(0);
    });
    await node.listener.reaches(1);
    await delay(100);
    expect(stranger.listener.calls).toBe(0);
    await stranger.announcements.close();
    await elsewhere.close();
  });

  it('do not come of what was undone', async () => {
    const node = await listenTo(await database.another());
    const { transactions, changes } = typeOrmStores(database.dataSource);
    const work = transactions.run(async () => {
      await changes.append([{ kind: 'app', id: 'app', expiresAt: new Date() }], new Date());
      throw new Error('undone');
    });
    await expect(work).rejects.toThrow('undone');
    await delay(150);
    expect(node.listener.calls).toBe(0);
  });

  it('call the listeners when their connection was cut and is there again, and are heard over the new one', async () => {
    const node = await listenTo(database.dataSource);
    const [first] = await listeningAre(1);
    await database.dataSource.query('SELECT pg_terminate_backend($1)', [first?.pid]);
    await node.listener.reaches(1);
    await node.listener.settle();
    const [second] = await listeningAre(1);
    expect(second?.pid).not.toBe(first?.pid);
    await record(database.dataSource);
    await node.listener.reaches(1);
  });

  it('take no connection of the pool, and none at all before somebody listens or after closing', async () => {
    const { announcements } = typeOrmStores(database.dataSource);
    await listeningAre(0);
    const node = await listenTo(database.dataSource);
    expect(await listening()).toHaveLength(1);
    await announcements?.close();
    await node.announcements.close();
    await listeningAre(0);
    await record(database.dataSource);
    await delay(50);
    expect(node.listener.calls).toBe(0);
  });
});
