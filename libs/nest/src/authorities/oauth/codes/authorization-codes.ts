import type { AuthorizationGrant } from '../../authorizations/index.js';

/** A code that was issued here. It may have expired, and it may have been redeemed. */
export interface IssuedCode {
  /** Names the code in stores and in the log; of no use to whoever reads it. */
  readonly id: string;
  readonly grant: AuthorizationGrant;
  readonly issuedAt: Date;
  /** When it can no longer be redeemed. */
  readonly expiresAt: Date;
}

/** Authorization codes: kept in rows, or stateless. */
export abstract class AuthorizationCodes {
  /**
   * The text of a new code. Throws `unauthorized_client` where the app was removed, and `temporarily_unavailable` when it cannot
   * be kept.
   */
  abstract issue(grant: AuthorizationGrant): Promise<string>;
  /** Looks, and consumes nothing. Undefined for any text that is no code of this server. Throws when it cannot know. */
  abstract find(code: string): Promise<IssuedCode | undefined>;
  /**
   * Atomically, over all nodes: true for the first who consumes a code, and never again for it. Also false where it cannot be
   * ruled out that somebody did, in a memory that is gone. It may stay consumed where the running transaction is undone.
   */
  abstract consume(code: IssuedCode): Promise<boolean>;
}
