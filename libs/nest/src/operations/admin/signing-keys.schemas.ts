import { z } from 'zod';

const DAY_SECONDS = 86_400;

export const newSigningKeySchema = z.strictObject({
  /** How long the key is published before it signs; `signingKeyLeadSeconds` unless it is named. */
  signInSeconds: z.number().int().min(0).max(DAY_SECONDS).optional(),
  /** HS256 alone: base64 of a secret that others have already. */
  secret: z.string().max(1400).optional(),
});
