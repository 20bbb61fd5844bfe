import { SCOPE_TOKEN } from '@portcullis/wire';
import { z } from 'zod';
import { readOptions } from '../../pipeline/index.js';
import type { AttemptBucket } from './attempt.store.js';

export const sessionOptionsSchema = z
  .strictObject({
    /** A session that has a key and is not used for so long is over. One with tokens lives by `tokens`. */
    idleTtlSeconds: z.number().int().min(60).max(2_592_000).default(1800),
    /** A session that has a key is over after so long, however much it is used. */
    absoluteTtlSeconds: z.number().int().min(60).max(31_536_000).default(43_200),
    /**
     * User scope without which a credential shows and ends only what its user has through its own app. Unset: each shows and
     * ends what there is through every app.
     */
    allAppsScope: z.string().regex(SCOPE_TOKEN, 'expected a scope token (RFC 6749 §3.3)').optional(),
    /** How often the last uses that a node has seen are written down. A session that is idle goes on for so much longer. */
    lastUseFlushSeconds: z.number().int().min(1).max(60).default(15),
    /** Wrong passwords for one user from one address before the caller has to wait. */
    freeFailuresPerUserAndAddress: z.number().int().min(1).max(1000).default(5),
    /** Wrong passwords from one address, whoever they are for. */
    freeFailuresPerAddress: z.number().int().min(1).max(100_000).default(50),
    /** Wrong passwords for one user from anywhere. Where the user has signed in before, nobody waits for those from elsewhere. */
    freeFailuresPerUser: z.number().int().min(1).max(100_000).default(100),
    /** Wrong passwords in all, from where the users concerned have not signed in before. Beyond, such attempts wait for room. */
    freeFailuresOverall: z.number().int().min(1).max(1_000_000).default(1000),
    /** How long it takes until so many failures in all are forgotten, one after the other. */
    overallDrainSeconds: z.number().int().min(1).max(86_400).default(300),
    /** How long a place or a device counts as known after a user has signed in there. */
    knownPlaceTtlDays: z.number().int().min(1).max(365).default(90),
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
  readonly allAppsScope: string | undefined;
  readonly idleTtlMs: number;
  readonly absoluteTtlMs: number;
  readonly lastUseFlushMs: number;
  readonly freeFailures: Readonly<Record<'userAndAddress' | 'address' | 'user', number>>;
  /** The bucket of all failures. */
  readonly overall: Readonly<Pick<AttemptBucket, 'holds' | 'drainMsEach'>>;
  /** How long a place or a device is known. */
  readonly knownForMs: number;
  readonly firstWaitMs: number;
  readonly longestWaitMs: number;

  constructor(input: SessionOptionsInput = {}) {
    const options = readOptions('sessions', sessionOptionsSchema, input);
    this.allAppsScope = options.allAppsScope;
    this.idleTtlMs = options.idleTtlSeconds * 1000;
    this.absoluteTtlMs = options.absoluteTtlSeconds * 1000;
    this.lastUseFlushMs = options.lastUseFlushSeconds * 1000;
    this.freeFailures = Object.freeze({
      userAndAddress: options.freeFailuresPerUserAndAddress,
      address: options.freeFailuresPerAddress,
      user: options.freeFailuresPerUser,
    });
    this.overall = Object.freeze({
      holds: options.freeFailuresOverall,
      drainMsEach: Math.ceil((options.overallDrainSeconds * 1000) / options.freeFailuresOverall),
    });
    this.knownForMs = options.knownPlaceTtlDays * 86_400_000;
    this.firstWaitMs = options.firstWaitSeconds * 1000;
    this.longestWaitMs = options.longestWaitSeconds * 1000;
    Object.freeze(this);
  }

  /**
   * How long after the last use that is known here a session that has a key is over, on every node: another one may have a
   * later use that it has yet to write down, and whoever comes in time must be refused by none.
   */
  get idleForSureAfterMs(): number {
    return this.idleTtlMs + this.lastUseFlushMs;
  }
}
