import { z } from 'zod';
import { readOptions } from '../../pipeline/index.js';

export const cleanerOptionsSchema = z.strictObject({
  /** How often what has expired is removed from the database. */
  everySeconds: z.number().int().min(10).max(86_400).default(600),
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
