import { z } from 'zod';
import { identifier } from './identifier.js';

/** Which part of a statement is asked for: `limit` lines (1 to 100), older than the line with the id `before`. */
export const statementPage = z.strictObject({
  limit: z
    .string()
    .regex(/^(?:[1-9]\d?|100)$/, 'expected a number from 1 to 100')
    .default('50')
    .transform(Number),
  before: identifier.optional(),
});

export type StatementPage = z.output<typeof statementPage>;
