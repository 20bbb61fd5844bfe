import { z } from 'zod';
import { AUDIT_ACTIONS } from '../../state/index.js';
import { anyId } from './admin.schemas.js';

const DEFAULT_LIMIT = 50;
const LARGEST_LIMIT = 500;

export const moment = z.iso
  .datetime({ offset: true, error: 'expected a time such as 2026-03-29T12:00:00Z' })
  .transform((text) => new Date(text))
  // What PostgreSQL cannot keep, or spells in another era.
  .refine((at) => at.getUTCFullYear() >= 1 && at.getUTCFullYear() <= 9999, 'expected a year from 1 to 9999');

/** A query is text: numbers are read from their digits. */
export const limit = z
  .string()
  .regex(/^\d{1,3}$/, `expected 1 to ${LARGEST_LIMIT}`)
  .transform(Number)
  .refine((count) => count >= 1 && count <= LARGEST_LIMIT, `expected 1 to ${LARGEST_LIMIT}`)
  .default(DEFAULT_LIMIT);

export const auditQuerySchema = z.strictObject({
  actor: anyId.optional(),
  action: z.enum(AUDIT_ACTIONS).optional(),
  subject: anyId.optional(),
  from: moment.optional(),
  to: moment.optional(),
  limit,
  before: z
    .string()
    .regex(/^\d{1,18}$/, 'expected `next` of the page before')
    .optional(),
});
