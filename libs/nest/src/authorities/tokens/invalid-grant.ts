/** Whose refresh token two hold. */
export interface StolenGrant {
  /** Of the session that was ended for it. */
  readonly sessionId: string;
  readonly appId: string;
  readonly userId: string;
}

/** A grant that does not hold (RFC 6749 §5.2). Whoever presents it learns no more than that. */
export class InvalidGrant extends Error {
  /**
   * @param reason for the log alone.
   * @param stolen where it shows that a token is in other hands: an alarm. What ends it is done by then.
   */
  constructor(
    readonly reason: string,
    readonly stolen?: StolenGrant,
  ) {
    super(`invalid_grant: ${reason}`);
    this.name = 'InvalidGrant';
  }
}
