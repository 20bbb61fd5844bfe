import { z } from 'zod';
import { readOptions } from '../../pipeline/index.js';

export const dpopOptionsSchema = z.strictObject({
  /** How old a proof may be by its own clock, where it carries no nonce. */
  proofMaxAgeSeconds: z.number().int().min(1).max(600).default(60),
  /** How far a device's clock may be ahead, where its proof carries no nonce. */
  proofMaxAheadSeconds: z.number().int().min(0).max(60).default(10),
  /** How long a nonce is good for, however wrong the device's clock is. Its proofs are remembered as long. */
  nonceLifeSeconds: z.number().int().min(10).max(3600).default(300),
  /** How far the clocks of our own nodes may be apart. */
  nodeSkewSeconds: z.number().int().min(0).max(60).default(2),
});

export type DpopOptionsInput = z.input<typeof dpopOptionsSchema>;

/** Resolved at boot, frozen. Also the injection token. */
export class DpopOptions {
  readonly proofMaxAgeSeconds: number;
  readonly proofMaxAheadSeconds: number;
  readonly nonceLifeSeconds: number;
  readonly nodeSkewSeconds: number;

  constructor(input: DpopOptionsInput = {}) {
    const options = readOptions('dpop', dpopOptionsSchema, input);
    this.proofMaxAgeSeconds = options.proofMaxAgeSeconds;
    this.proofMaxAheadSeconds = options.proofMaxAheadSeconds;
    this.nonceLifeSeconds = options.nonceLifeSeconds;
    this.nodeSkewSeconds = options.nodeSkewSeconds;
    Object.freeze(this);
  }
}
