import { Logger } from '@nestjs/common';
import type { Redis } from 'ioredis';
import type { HealthCheck } from '../../operations/doctor/index.js';
import { readOptions, type ClaimStore, type Clock, type ReplayJournal } from '../../pipeline/index.js';
import { connectRedis } from './connect-redis.js';
import { RedisAnnouncements } from './redis-announcements.js';
import { RedisAttemptStore } from './redis-attempt-store.js';
import { RedisClaimStore } from './redis-claim-store.js';
import { RedisCheck } from './redis.check.js';
import { redisStoresOptionsSchema, type RedisStoresOptions } from './redis-stores.options.js';
import { RedisUnreachable } from './redis-unreachable.js';

export type { RedisStoresOptions };

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

  /** Throws `InvalidOptions`, which never repeats the address, and `RedisUnreachable` when nobody answers there within 5 s. */
  static async connect(options: RedisStoresOptions): Promise<RedisStores> {
    const { url, keyPrefix, ...connection } = readOptions(
      'RedisStores.connect',
      redisStoresOptionsSchema,
      options,
    );
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

  /** What a doctor looks at. */
  healthChecks(clock: Clock): readonly HealthCheck[] {
    return [new RedisCheck(this.redis, clock)];
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
