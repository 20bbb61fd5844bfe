import { z } from 'zod';
import { Clock, SystemClock } from '../../pipeline/index.js';

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** Keys that came over a line that others can write on would let them sign. */
function isSafe(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.test(url.hostname));
}

export const remoteKeySetOptionsSchema = z
  .object({
    /** Where the issuer publishes its keys. */
    url: z.string().refine(isSafe, 'expected an https URL without credentials; http on loopback only'),
    /** Replaces the system's time, in tests. */
    clock: z.instanceof(Clock, { error: 'expected a Clock' }).default(() => new SystemClock()),
    /** How long an answer may take, its body included. */
    timeoutMs: z.number().int().min(1).max(30_000).default(3000),
    /** How long an answer may be, decompressed. */
    maxBytes: z.number().int().min(1).max(16_777_216).default(262_144),
    /** How old the keys may be before they are fetched again, while they are still used. */
    maxAgeSeconds: z.number().min(1).max(86_400).default(600),
    /** How long after one fetch the next begins at the earliest, whatever asks for it and however that one ended. */
    cooldownSeconds: z.number().min(1).max(3600).default(30),
    /** How old the keys may become while they cannot be fetched. */
    maxStaleSeconds: z.number().min(1).max(604_800).default(3600),
  })
  .refine(({ cooldownSeconds, maxAgeSeconds }) => cooldownSeconds <= maxAgeSeconds, {
    path: ['cooldownSeconds'],
    error: 'expected at most maxAgeSeconds',
  })
  .refine(({ maxAgeSeconds, maxStaleSeconds }) => maxAgeSeconds <= maxStaleSeconds, {
    path: ['maxStaleSeconds'],
    error: 'expected at least maxAgeSeconds',
  });

export type RemoteKeySetOptions = z.input<typeof remoteKeySetOptionsSchema>;
