import { z } from 'zod';
import { identifier } from '../accounts/identifier.js';

export const freezeOrder = z.strictObject({
  accountId: identifier,
  reason: z
    .string()
    .max(500)
    .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'expected no control characters')
    .optional(),
});

export type FreezeOrder = z.output<typeof freezeOrder>;
