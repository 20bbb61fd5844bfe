import { decodeBase64, SCOPE_TOKEN } from '@portcullis/wire';
import { z } from 'zod';
import { ADMIN_SCOPES } from '../../authorities/admin-keys/index.js';

const scope = z
  .string()
  .max(128, 'expected at most 128 characters')
  .regex(SCOPE_TOKEN, 'expected a scope without spaces or quotes');
export const scopes = z
  .array(scope)
  .max(200)
  .transform((list) => [...new Set(list)]);

export const name = z
  .string()
  .min(1)
  .max(200)
  .regex(/^\P{C}*$/u, 'expected no control characters');

const LONGEST_OVERLAP_SECONDS = 90 * 86_400;
const DEFAULT_OVERLAP_SECONDS = 86_400;
const overlapSeconds = z.number().int().min(0).max(LONGEST_OVERLAP_SECONDS).default(DEFAULT_OVERLAP_SECONDS);

export const rotationSchema = z.strictObject({ overlapSeconds });

export const integrityRotationSchema = z.strictObject({
  overlapSeconds,
  secret: z
    .string()
    .max(1400)
    .refine((text) => (decodeBase64(text)?.byteLength ?? 0) >= 32, 'expected base64 of at least 32 bytes')
    .optional(),
});

/** What Basic can carry (RFC 7617 §2), and what is the same text once it is UTF-8: no half of a surrogate pair. */
const password = z
  .string()
  .min(8)
  .max(1024)
  .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'expected no control characters');

export const newUserSchema = z.strictObject({ username: z.string(), password, scopes: scopes.default([]) });
export const userChangesSchema = z.strictObject({ password, scopes, suspended: z.boolean() }).partial();
export const userScopesSchema = z.strictObject({ scopes });
/** Whatever can be the id of an app, a user, a session or a key. */
export const anyId = z
  .string()
  .regex(/^[^\p{Cc}\p{Cs}]{1,256}$/u, 'expected 1 to 256 characters, none of them a control character');

export const sessionsOfSchema = z.strictObject({ userId: anyId });

const DAY_SECONDS = 86_400;

export const newAdminKeySchema = z.strictObject({
  name,
  scopes: z
    .array(z.enum(ADMIN_SCOPES))
    .min(1, 'expected at least one scope')
    .max(100)
    .transform((list) => [...new Set(list)]),
  expiresInSeconds: z
    .number()
    .int()
    .min(1)
    .max(366 * DAY_SECONDS)
    .default(90 * DAY_SECONDS),
});
