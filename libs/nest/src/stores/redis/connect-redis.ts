import { Logger } from '@nestjs/common';
import { Redis } from 'ioredis';

export interface ConnectRedisOptions {
  /** How long a command may take before its caller is told that Redis is away; 10 to 1,000. 250. */
  readonly commandTimeoutMs?: number;
}

const DEFAULT_COMMAND_TIMEOUT_MS = 250;
const SHORTEST_COMMAND_TIMEOUT_MS = 10;
/** Claims that end sooner than this are refused; a signature at the edge of its window must not be. */
const LONGEST_COMMAND_TIMEOUT_MS = 1_000;
const CONNECT_TIMEOUT_MS = 2_000;
const LONGEST_RECONNECT_DELAY_MS = 1_000;
const KEEP_ALIVE_MS = 10_000;

/**
 * A client for decisions that must be had now or not at all: it fails at once while Redis is away, reconnects for ever,
 * and never sends anything a second time. Throws a `TypeError` when the address is none, or the timeout is out of range; it
 * never repeats the address, which may hold a password.
 */
export function connectRedis(url: string, options: ConnectRedisOptions = {}): Redis {
  const { commandTimeoutMs = DEFAULT_COMMAND_TIMEOUT_MS } = options;
  if (!(commandTimeoutMs >= SHORTEST_COMMAND_TIMEOUT_MS && commandTimeoutMs <= LONGEST_COMMAND_TIMEOUT_MS))
    throw new TypeError('commandTimeoutMs: expected 10 to 1,000');
  if (!isRedisUrl(url)) throw new TypeError('The address of Redis must begin with redis:// or rediss://');
  const redis = new Redis(url, {
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    maxRetriesPerRequest: 0,
    commandTimeout: commandTimeoutMs,
    // Silence while something is asked: the connection is given up, so that commands neither pile up behind it nor wait
    // for a network that comes back slower than a new connection is made.
    socketTimeout: 2 * commandTimeoutMs,
    connectTimeout: CONNECT_TIMEOUT_MS,
    keepAlive: KEEP_ALIVE_MS,
    retryStrategy: (times) => Math.min(50 * 2 ** Math.min(times - 1, 10), LONGEST_RECONNECT_DELAY_MS),
  });
  logOncePerOutage(redis);
  return redis;
}

function isRedisUrl(text: string): boolean {
  return URL.canParse(text) && ['redis:', 'rediss:'].includes(new URL(text).protocol);
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
