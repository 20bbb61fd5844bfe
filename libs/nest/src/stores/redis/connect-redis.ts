import { Logger } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { readOptions } from '../../pipeline/index.js';
import { connectRedisOptionsSchema, isRedisUrl, type ConnectRedisOptions } from './redis-stores.options.js';
import { TimedRedis } from './timed-redis.js';

export type { ConnectRedisOptions };

const CONNECT_TIMEOUT_MS = 2_000;
const LONGEST_RECONNECT_DELAY_MS = 1_000;
const KEEP_ALIVE_MS = 10_000;

/**
 * A client for decisions that must be had now or not at all: it fails at once while Redis is away, reconnects for ever,
 * and never sends anything a second time. Throws a `TypeError` when the address is none, `InvalidOptions` for an option that is out of range; it
 * never repeats the address, which may hold a password.
 */
export function connectRedis(url: string, options: ConnectRedisOptions = {}): Redis {
  const { commandTimeoutMs } = readOptions('connectRedis', connectRedisOptionsSchema, options);
  if (!isRedisUrl(url)) throw new TypeError('The address of Redis must begin with redis:// or rediss://');
  const redis = new TimedRedis(commandTimeoutMs, url, {
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    maxRetriesPerRequest: 0,
    connectTimeout: CONNECT_TIMEOUT_MS,
    keepAlive: KEEP_ALIVE_MS,
    retryStrategy: (times) => Math.min(50 * 2 ** Math.min(times - 1, 10), LONGEST_RECONNECT_DELAY_MS),
  });
  logOncePerOutage(redis);
  return redis;
}

/** Without a listener for errors the process would end with the first one. */
export function logOncePerOutage(redis: Redis): void {
  const logger = new Logger('Portcullis');
  let away = false;
  redis.on('error', (error: Error) => {
    // The message alone: an error of the server's carries the command it answers, and AUTH is one.
    if (!away) logger.warn(`Redis is away: ${error.message}`);
    away = true;
  });
  redis.on('ready', () => {
    if (away) logger.log('Redis is back');
    away = false;
  });
}
