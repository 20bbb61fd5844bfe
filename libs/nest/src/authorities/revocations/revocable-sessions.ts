/** Sessions that were begun before a moment: of one user, of one app, or all. */
export interface BegunBefore {
  readonly before: Date;
  readonly userId?: string | undefined;
  readonly appId?: string | undefined;
}

/** Sessions as far as revocations end them. Takes part in `Transactions`. */
export abstract class RevocableSessions {
  /** The session as it was, or undefined when there was none. */
  abstract remove(id: string): Promise<{ readonly userId: string; readonly appId: string } | undefined>;
  /** Removes all of a user's, or those that were begun before a moment; the ids of those that were there. */
  abstract removeAllOf(userId: string, before?: Date): Promise<string[]>;
  /** Removes 1,000 at the most; how many it removed. */
  abstract removeBegunBefore(begun: BegunBefore): Promise<number>;
}
