import type { SessionKind } from '../apps/index.js';
import type { BegunBefore } from '../revocations/index.js';

export interface SessionRecord {
  /** Public half of the key; of a session with tokens, their `sid`. */
  readonly id: string;
  readonly kind: SessionKind;
  /** `opaque`: keyed hash of the secret half of the key. `tokens`: null. */
  readonly secretHash: string | null;
  readonly userId: string;
  readonly appId: string;
  /** Scopes that it was granted. */
  readonly scopes: readonly string[];
  /** What the app calls the device that it runs on. */
  readonly device: string | null;
  /** The network that the user signed in from, never the address: a /24 or a /48 in CIDR notation. */
  readonly startedFrom: string | null;
  readonly createdAt: Date;
  readonly lastUsedAt: Date;
  /** When it ends however much it is used. */
  readonly expiresAt: Date;
}

/** Sessions of one user through one app. */
export type SessionsThrough = Pick<SessionRecord, 'userId' | 'appId'>;

/**
 * What is not over yet: it ends after `now`; and an opaque one was used since `usedSince`, while the refresh token of one
 * with tokens, if there is one, can still be redeemed at `now`.
 */
export interface LiveAt {
  readonly now: Date;
  readonly usedSince: Date;
}

/** User sessions. What is removed takes its refresh tokens along. Takes part in `Transactions`. */
export abstract class SessionStore {
  /** False, and nothing written, when there is no such app. */
  abstract insert(session: SessionRecord): Promise<boolean>;
  abstract find(id: string): Promise<SessionRecord | undefined>;
  /** Live sessions, newest first. */
  abstract listOf(userId: string, live: LiveAt): Promise<SessionRecord[]>;
  /** The session as it was, or undefined when there was none, nor any of another user or app than those that are named. */
  abstract remove(id: string, through?: Partial<SessionsThrough>): Promise<SessionRecord | undefined>;
  /** Removes all of a user's, or those that were begun before a moment; the ids of those that were there. */
  abstract removeAllOf(userId: string, before?: Date): Promise<string[]>;
  /** Removes all that a user has through an app; the ids of those that were there. */
  abstract removeAllThrough(through: SessionsThrough): Promise<string[]>;
  /**
   * Removes sessions that were begun before a moment, 1,000 at the most; how many it removed. What another transaction is
   * using is left: it is removed when `removeRevoked` is called next.
   */
  abstract removeBegunBefore(begun: BegunBefore): Promise<number>;
  /** Removes sessions that a revocation in the feed covers, also one that has expired, as `removeBegunBefore` does. */
  abstract removeRevoked(): Promise<number>;
  /** Whether a session is left that a revocation covers which expired before `now`; one that is in use as well. */
  abstract hasRevoked(now: Date): Promise<boolean>;
  /** Removes sessions that are not live, as `removeBegunBefore` does. */
  abstract removeOver(live: LiveAt): Promise<number>;
  /** Notes the last use of many at once; never moves one back, never brings back one that is gone. */
  abstract touch(lastUses: ReadonlyMap<string, Date>): Promise<void>;
}
