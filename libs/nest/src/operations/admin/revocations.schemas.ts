import { z } from 'zod';
import type { RevocationTarget } from '../../authorities/revocations/index.js';
import { anyId } from './admin.schemas.js';
import { limit, moment } from './audit.schemas.js';

/** Two targets are refused: whoever meant what is of both would revoke more than they think. */
export const revocationSchema = z
  .strictObject({
    /** One token, also another issuer's. */
    jti: anyId.optional(),
    /** One session with its refresh tokens: the `sid` of its tokens. */
    familyId: anyId.optional(),
    userId: anyId.optional(),
    appId: anyId.optional(),
    all: z.literal(true, { error: 'expected true' }).optional(),
    /** Of a user, an app, or all: what was begun before this moment. */
    before: moment.optional(),
  })
  .refine(
    (body) => [body.jti, body.familyId, body.userId, body.appId, body.all].filter(isGiven).length === 1,
    {
      error: 'expected exactly one of jti, familyId, userId, appId, all',
    },
  )
  .transform(({ before, ...target }) => ({ before, target: target as RevocationTarget }));

export const revocationsQuerySchema = z.strictObject({ limit });

function isGiven(value: unknown): boolean {
  return value !== undefined;
}
