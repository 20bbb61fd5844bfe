import { Logger } from '@nestjs/common';
import type { Redis } from 'ioredis';
import type { ClaimStore, Clock, ReplayJournal } from '../../pipeline/index.js';
import { connectRedis, type ConnectRedisOptions } from './connect-redis.js';
import { RedisAnnouncements } from './redis-announcements.js';
import { RedisAttemptStore } from './redis-attempt-store.js';
import { RedisClaimStore } from './redis-claim-store.js';
import { RedisUnreachable } from './redis-unreachable.js';

export interface RedisStoresOptions extends ConnectRedisOptions {
  /** `redis://` or `rediss://`. */
  readonly url: string;
  /** Begins every key and channel; nodes that share state share it. */
  readonly keyPrefix?: string;
}

const FIRST_CONNECTION_MS = 5_000;

/** Everything that nodes remember together for seconds, over one connection and a second one that listens. */
export class RedisStores {
  readonly attempts: RedisAttemptStore;
  readonly announcements: RedisAnnouncements;

  private constructor(
    readonly redis: Redis,
    private readonly keyPrefix: string,
  ) {
    this.attempts = new RedisAttemptStore({ redis, keyPrefix });
    this.announcements = new RedisAnnouncements({ redis, keyPrefix });
  }

  /** Throws a `TypeError` when the address is none, and `RedisUnreachable` when nobody answers there within 5 s. */
  static async connect({
    url,
    keyPrefix = 'portcullis:',
    ...connection
  }: RedisStoresOptions): Promise<RedisStores> {
    const redis = connectRedis(url, connection);
    if (!(await isReadyInTime(redis))) {
      redis.disconnect();
      throw new RedisUnreachable();
    }
    await warnOfEviction(redis);
    return new RedisStores(redis, keyPrefix);
  }

  claims(parts: {
    clock: Clock;
    journal: ReplayJournal;
    maxAheadMs: number;
    nodeSkewMs: number;
  }): ClaimStore {
    return new RedisClaimStore({ redis: this.redis, keyPrefix: this.keyPrefix, ...parts });
  }

  async close(): Promise<void> {
    await this.announcements.close();
    this.redis.disconnect();
  }
}

/** Not `once` of `node:events`: that gives up at the first error, and a server may be about to start. */
function isReadyInTime(redis: Redis): Promise<boolean> {
  if (redis.status === 'ready') return Promise.resolve(true);
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), FIRST_CONNECTION_MS);
    redis.once('ready', () => {
      clearTimeout(timer);
      resolve(true);
    });
  });
}

/** A nonce that is evicted can be used again. */
async function warnOfEviction(redis: Redis): Promise<void> {
  const memory = await redis.info('memory').catch(() => '');
  const [, limit = '0'] = /^maxmemory:(\d+)/m.exec(memory) ?? [];
  const [, policy = 'noeviction'] = /^maxmemory_policy:(\S+)/m.exec(memory) ?? [];
  if (limit !== '0' && policy !== 'noeviction')
    new Logger('Portcullis').warn(
      `Redis evicts keys when its memory is full (${policy}), nonces among them: set maxmemory-policy noeviction`,
    );
}
