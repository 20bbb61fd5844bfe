export interface CodeRedemption {
  /** `IssuedCode.id` */
  readonly codeId: string;
  readonly sessionId: string;
  /** Until when a second redemption is recognised and ends the session of the first. */
  readonly expiresAt: Date;
}

/**
 * What codes were redeemed for. A code that is presented twice takes back what it gave (RFC 6749 §4.1.2), also while the first
 * redemption is under way: whoever comes second leaves a tombstone, which the first meets when it commits.
 */
export abstract class CodeRedemptionStore {
  /**
   * In the running transaction, as its first write. False when there is a tombstone, or another's redemption: the transaction
   * must be undone. Another `record` or `markReplayed` of this code that comes now waits until the transaction is over.
   */
  abstract record(redemption: CodeRedemption): Promise<boolean>;
  /**
   * Leaves a tombstone, waiting for a redemption that is under way; the session that the code was redeemed for, if it was.
   * In the running transaction.
   */
  abstract markReplayed(code: {
    readonly codeId: string;
    readonly expiresAt: Date;
  }): Promise<string | undefined>;
  /** Removes what expired before, 1,000 at the most; how many it removed. */
  abstract removeExpired(before: Date): Promise<number>;
}
