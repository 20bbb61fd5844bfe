import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { connectRedis, RedisAnnouncements } from '@portcullis/nest/redis';
import { LocalAnnouncements } from '../../libs/nest/src/stores/memory/index.js';
import type { Announced, Announcements, Change } from '../../libs/nest/src/state/index.js';
import { describeWithOwnRedis, OwnRedisServer } from '../support/own-redis-server.js';

const url = process.env['REDIS_URL'];
if (url === undefined) process.stdout.write('Redis: skipped, REDIS_URL is not set\n');

const CHANGE: Change = { kind: 'app', id: 'bank-ios' };

beforeAll(() => Logger.overrideLogger(false));

/** What a listener has heard so far. */
function heardBy(announcements: Announcements): Announced[] {
  const heard: Announced[] = [];
  announcements.listen((announced) => heard.push(announced));
  return heard;
}

async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; tries < 200 && !condition(); tries++) await delay(25);
  expect(condition()).toBe(true);
}

async function openOn(address: string, keyPrefix: string) {
  const redis = connectRedis(address);
  const announcements = new RedisAnnouncements({ redis, keyPrefix });
  const heard = heardBy(announcements);
  await until(() => heard.includes('everything'));
  heard.length = 0;
  return {
    redis,
    announcements,
    heard,
    async close() {
      await announcements.close();
      redis.disconnect();
    },
  };
}

function tellsItsOwnListeners(
  open: () => Promise<{ announcements: Announcements; close(): Promise<void> }>,
): void {
  describe('to its own listeners', () => {
    let opened: Awaited<ReturnType<typeof open>>;
    beforeEach(async () => (opened = await open()));
    afterEach(() => opened.close());

    it('has told every listener of this node when it returns, in the same turn', () => {
      const heard = [heardBy(opened.announcements), heardBy(opened.announcements)];
      void opened.announcements.announce(CHANGE);
      expect(heard).toEqual([[CHANGE], [CHANGE]]);
    });

    it('tells the others when one listener fails, and never throws', async () => {
      opened.announcements.listen(() => {
        throw new Error('a listener of the host');
      });
      const heard = heardBy(opened.announcements);
      await opened.announcements.announce(CHANGE);
      expect(heard[0]).toEqual(CHANGE);
    });
  });
}

describe('announcements of one process', () => {
  tellsItsOwnListeners(async () => ({
    announcements: new LocalAnnouncements(),
    close: async () => undefined,
  }));
});

(url === undefined ? describe.skip : describe)('announcements through Redis', () => {
  const open = (keyPrefix = `test-${randomUUID()}:`) => openOn(url as string, keyPrefix);

  tellsItsOwnListeners(() => open());

  it('reach the other nodes, and only those that share the prefix', async () => {
    const keyPrefix = `test-${randomUUID()}:`;
    const [one, other, stranger] = await Promise.all([open(keyPrefix), open(keyPrefix), open()]);
    await one.announcements.announce(CHANGE);
    await until(() => other.heard.length > 0);
    expect(other.heard).toEqual([CHANGE]);
    expect(one.heard[0]).toEqual(CHANGE);
    expect(stranger.heard).toEqual([]);
    await Promise.all([one, other, stranger].map((node) => node.close()));
  });

  it('are not heard when they are no announcement', async () => {
    const keyPrefix = `test-${randomUUID()}:`;
    const node = await open(keyPrefix);
    for (const message of ['', 'everything', '{', 'null', '{"kind":"app"}', '{"kind":"key","id":"1"}', '[]'])
      await node.redis.publish(`${keyPrefix}announcements`, message);
    await node.redis.publish(`${keyPrefix}announcements`, JSON.stringify(CHANGE));
    await until(() => node.heard.length > 0);
    expect(node.heard).toEqual([CHANGE]);
    await node.close();
  });

  it('are heard no more after closing, and closing is no loss', async () => {
    const node = await open();
    await node.close();
    await delay(100);
    expect(node.heard).toEqual([]);
  });
});

describeWithOwnRedis('announcements while Redis fails', () => {
  it('say that everything may have changed when the subscription is lost and when it is back', async () => {
    const server = await OwnRedisServer.start();
    const node = await openOn(server.url, 'test:');
    await server.kill();
    await until(() => node.heard.length > 0);
    expect(node.heard).toEqual(['everything']);

    await node.announcements.announce(CHANGE);
    expect(node.heard).toEqual(['everything', CHANGE]);

    await server.run();
    await until(() => node.heard.length > 2);
    expect(node.heard).toEqual(['everything', CHANGE, 'everything']);
    await until(() => node.redis.status === 'ready');
    await node.announcements.announce({ kind: 'user', id: '1' });
    await until(() => node.heard.length > 4);
    await node.close();
    await server.end();
  });
});
