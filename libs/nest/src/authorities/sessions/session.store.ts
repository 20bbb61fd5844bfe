export interface SessionRecord {
  /** Public half of the key. */
  readonly id: string;
  /** Keyed hash of the secret half. */
  readonly secretHash: string;
  readonly userId: string;
  readonly appId: string;
  /** Scopes that it was granted. */
  readonly scopes: readonly string[];
  readonly createdAt: Date;
  readonly lastUsedAt: Date;
  /** When it ends however much it is used. */
  readonly expiresAt: Date;
}

/** What is not over yet: used since `usedSince`, and ending after `now`. */
export interface LiveAt {
  readonly now: Date;
  readonly usedSince: Date;
}

/** User sessions. Takes part in `Transactions`. */
export abstract class SessionStore {
  /** False, and nothing written, when there is no such app. */
  abstract insert(session: SessionRecord): Promise<boolean>;
  abstract find(id: string): Promise<SessionRecord | undefined>;
  /** Live sessions, newest first. */
  abstract listOf(userId: string, live: LiveAt): Promise<SessionRecord[]>;
  /** The session as it was, or undefined when there was none; with `userId`, none of another user's either. */
  abstract remove(id: string, userId?: string): Promise<SessionRecord | undefined>;
  /** Removes all of a user's; the ids of those that were there. */
  abstract removeAllOf(userId: string): Promise<string[]>;
  /** Removes sessions that are not live, 1,000 at the most; how many it removed. */
  abstract removeOver(live: LiveAt): Promise<number>;
  /** Notes the last use of many at once; never moves one back, never brings back one that is gone. */
  abstract touch(lastUses: ReadonlyMap<string, Date>): Promise<void>;
}
