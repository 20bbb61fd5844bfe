import { z } from 'zod';
import { readOptions } from '../../pipeline/index.js';

/** Nodes remember a revocation for two hours at least. What it revoked must be gone by then: there is time for a second try. */
const LONGEST_SECONDS = 3600;

export const cleanerOptionsSchema = z.strictObject({
  /** How often what has expired is removed from the database. */
  everySeconds: z.number().int().min(10).max(LONGEST_SECONDS).default(600),
});

export type CleanerOptionsInput = z.input<typeof cleanerOptionsSchema>;

/** Resolved at boot, frozen. Also the injection token. */
export class CleanerOptions {
  readonly everyMs: number;

  constructor(input: CleanerOptionsInput = {}) {
    this.everyMs = readOptions('cleaner', cleanerOptionsSchema, input).everySeconds * 1000;
    Object.freeze(this);
  }
}
