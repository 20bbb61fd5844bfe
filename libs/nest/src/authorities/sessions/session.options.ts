import { z } from 'zod';
import { readOptions } from '../../pipeline/index.js';

export const sessionOptionsSchema = z
  .strictObject({
    /** A session that is not used for so long is over. */
    idleTtlSeconds: z.number().int().min(60).max(2_592_000).default(1800),
    /** A session is over after so long, however much it is used. */
    absoluteTtlSeconds: z.number().int().min(60).max(31_536_000).default(43_200),
    /** How often the last uses that a node has seen are written down. */
    lastUseFlushSeconds: z.number().int().min(1).max(60).default(15),
    /** Wrong passwords for one user from one address before the caller has to wait. */
    freeFailuresPerUserAndAddress: z.number().int().min(1).max(1000).default(5),
    /** Wrong passwords from one address, whoever they are for. */
    freeFailuresPerAddress: z.number().int().min(1).max(100_000).default(50),
    /** Wrong passwords for one user from anywhere. Reached by a stranger, it makes the user wait as well. */
    freeFailuresPerUser: z.number().int().min(1).max(100_000).default(100),
    /** The wait after the first failure beyond; doubled with each further one. */
    firstWaitSeconds: z.number().min(0.1).max(60).default(1),
    /** The longest wait, however many failures there were. */
    longestWaitSeconds: z.number().min(1).max(86_400).default(900),
  })
  .refine(({ idleTtlSeconds, absoluteTtlSeconds }) => idleTtlSeconds <= absoluteTtlSeconds, {
    path: ['idleTtlSeconds'],
    error: 'expected at most absoluteTtlSeconds',
  })
  .refine(({ firstWaitSeconds, longestWaitSeconds }) => firstWaitSeconds <= longestWaitSeconds, {
    path: ['firstWaitSeconds'],
    error: 'expected at most longestWaitSeconds',
  });

export type SessionOptionsInput = z.input<typeof sessionOptionsSchema>;

/** Resolved at boot, frozen. Also the injection token. */
export class SessionOptions {
  readonly idleTtlMs: number;
  readonly absoluteTtlMs: number;
  readonly lastUseFlushMs: number;
  readonly freeFailures: Readonly<Record<'userAndAddress' | 'address' | 'user', number>>;
  readonly firstWaitMs: number;
  readonly longestWaitMs: number;

  constructor(input: SessionOptionsInput = {}) {
    const options = readOptions('sessions', sessionOptionsSchema, input);
    this.idleTtlMs = options.idleTtlSeconds * 1000;
    this.absoluteTtlMs = options.absoluteTtlSeconds * 1000;
    this.lastUseFlushMs = options.lastUseFlushSeconds * 1000;
    this.freeFailures = Object.freeze({
      userAndAddress: options.freeFailuresPerUserAndAddress,
      address: options.freeFailuresPerAddress,
      user: options.freeFailuresPerUser,
    });
    this.firstWaitMs = options.firstWaitSeconds * 1000;
    this.longestWaitMs = options.longestWaitSeconds * 1000;
    Object.freeze(this);
  }
}
