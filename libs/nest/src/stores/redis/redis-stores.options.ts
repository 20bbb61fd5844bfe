import { z } from 'zod';

/** Every signed request waits so long while Redis is silent. */
const LONGEST_COMMAND_TIMEOUT_MS = 1_000;

export function isRedisUrl(text: string): boolean {
  return URL.canParse(text) && ['redis:', 'rediss:'].includes(new URL(text).protocol);
}

export const connectRedisOptionsSchema = z.strictObject({
  /** How long a command may take before its caller is told that Redis is away. */
  commandTimeoutMs: z.number().min(10).max(LONGEST_COMMAND_TIMEOUT_MS).default(250),
});

export type ConnectRedisOptions = Readonly<z.input<typeof connectRedisOptionsSchema>>;

export const redisStoresOptionsSchema = connectRedisOptionsSchema.extend({
  /** Where Redis is, with a user and a password where it wants them. */
  url: z.string().refine(isRedisUrl, 'expected an address that begins with redis:// or rediss://'),
  /** Begins every key and channel; nodes that share state share it. */
  keyPrefix: z.string().default('portcullis:'),
});

export type RedisStoresOptions = Readonly<z.input<typeof redisStoresOptionsSchema>>;
