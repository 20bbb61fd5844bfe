import { z } from 'zod';
import { readOptions } from '../../pipeline/index.js';

export const requestSignatureOptionsSchema = z.strictObject({
  /** How old a signature may be. */
  maxAgeSeconds: z.number().int().min(1).max(3600).default(60),
  /** How far a caller's clock may be ahead. */
  maxAheadSeconds: z.number().int().min(0).max(600).default(10),
  /** How far the clocks of our own nodes may be apart. */
  nodeSkewSeconds: z.number().int().min(0).max(60).default(2),
});

export type RequestSignatureOptionsInput = z.input<typeof requestSignatureOptionsSchema>;

/** Resolved at boot, frozen. Also the injection token. */
export class RequestSignatureOptions {
  readonly maxAgeSeconds: number;
  readonly maxAheadSeconds: number;
  readonly nodeSkewSeconds: number;

  constructor(input: RequestSignatureOptionsInput = {}) {
    const options = readOptions('signature', requestSignatureOptionsSchema, input);
    this.maxAgeSeconds = options.maxAgeSeconds;
    this.maxAheadSeconds = options.maxAheadSeconds;
    this.nodeSkewSeconds = options.nodeSkewSeconds;
    Object.freeze(this);
  }
}
