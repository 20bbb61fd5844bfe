import { z } from 'zod';
import { readOptions } from '../../pipeline/index.js';

export const adminOptionsSchema = z.strictObject({
  /** The all-powerful administration key: text that can travel as a bearer token (RFC 6750 §2.1). */
  key: z
    .string()
    .min(8)
    .max(512)
    .regex(/^[A-Za-z0-9._~+/-]+=*$/, 'expected characters of a bearer token'),
});

export type AdminOptionsInput = z.input<typeof adminOptionsSchema>;

/** Resolved at boot, frozen. Also the injection token. */
export class AdminOptions {
  readonly key: string;

  /** Throws `InvalidOptions`, as the constructor does. */
  static check(input: AdminOptionsInput): void {
    readOptions('AdminModule', adminOptionsSchema, input);
  }

  /** Throws `InvalidOptions`, which names the option and not its value. */
  constructor(input: AdminOptionsInput) {
    this.key = readOptions('AdminModule', adminOptionsSchema, input).key;
    Object.freeze(this);
  }
}
