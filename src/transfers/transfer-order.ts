import { createHash } from 'node:crypto';
import { z } from 'zod';
import { identifier } from '../accounts/identifier.js';

const HIGHEST_MINOR = 1_000_000_000_000;

/** What a customer orders. A lone surrogate is refused too: the database would keep something else than was sent. */
export const transferOrder = z.strictObject({
  from: identifier,
  to: identifier,
  amountMinor: z.int().min(1).max(HIGHEST_MINOR),
  currency: z.string().regex(/^[A-Z]{3}$/, 'expected three capital letters'),
  reference: z
    .string()
    .max(140)
    .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'expected no control characters')
    .default(''),
});

export type TransferOrder = z.output<typeof transferOrder>;

/** The same for two orders that mean the same, however their bodies were written. SHA-256 in hex. */
export function fingerprintOf({ from, to, amountMinor, currency, reference }: TransferOrder): string {
  const meaning = JSON.stringify([from, to, amountMinor, currency, reference]);
  return createHash('sha256').update(meaning).digest('hex');
}
