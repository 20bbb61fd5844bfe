/** The refresh tokens that followed each other in one session; the family's id is the session's. */
export interface RefreshFamilyRecord {
  readonly sessionId: string;
  readonly appId: string;
  readonly userId: string;
  /** Scopes that the session was granted. */
  readonly scopes: readonly string[];
  /** RFC 7638 thumbprint of the key that its tokens are bound to; null for bearer tokens. */
  readonly boundKey: string | null;
  /** What its access tokens are for (RFC 8707); null: the issuer's own. */
  readonly resource: string | null;
  /** How often it has been rotated. */
  readonly generation: number;
  /** Keyed hash of the one refresh token that holds. */
  readonly currentHash: string;
  /** Of its immediate predecessor. */
  readonly previousHash: string | null;
  /** The current token, sealed under a key that is derived from the predecessor. */
  readonly sealedSuccessor: Uint8Array | null;
  /** Until when the predecessor is answered with its successor. Never after the predecessor itself would have expired. */
  readonly graceEndsAt: Date | null;
  /** How often it was. */
  readonly graceReplays: number;
  /** When the current token expires unless it is redeemed. */
  readonly idleExpiresAt: Date;
  /** When the family ends, however often it is rotated. */
  readonly expiresAt: Date;
  /** When the user signed in. */
  readonly createdAt: Date;
}

/** What follows from redeeming one of its tokens. */
export type RedeemedFamily = Pick<
  RefreshFamilyRecord,
  'sessionId' | 'appId' | 'userId' | 'scopes' | 'resource' | 'createdAt'
>;

/** And what the predecessor is answered with. */
export type ReplayedFamily = RedeemedFamily & Pick<RefreshFamilyRecord, 'sealedSuccessor'>;

/** What must be true of a family for one of its tokens to be redeemed. */
export interface Redemption {
  readonly sessionId: string;
  /** The token's keyed hash. */
  readonly hash: string;
  readonly appId: string;
  readonly boundKey: string | null;
  /** Scopes that the family must have been granted all of; null: whatever it was granted. */
  readonly askedScopes: readonly string[] | null;
  readonly now: Date;
}

/** What follows a token that is redeemed. */
export interface Successor {
  /** Keyed. */
  readonly hash: string;
  /** Sealed under a key that is derived from the token. */
  readonly sealed: Uint8Array;
  /** Before it is cut down to what is left of the predecessor's life. */
  readonly graceEndsAt: Date;
  /** Before it is cut down to what is left of the family's life. */
  readonly idleExpiresAt: Date;
}

/** Families of refresh tokens. Takes part in `Transactions`; outside of one, what a method wrote is committed when it resolves. */
export abstract class RefreshFamilyStore {
  abstract insert(family: RefreshFamilyRecord): Promise<void>;
  /**
   * In one statement: when the token is the current one, of this app and bound key, was granted what is asked, and has
   * expired in no way, the successor takes its place and the token becomes the predecessor. Undefined, and nothing written,
   * otherwise.
   */
  abstract rotate(redemption: Redemption, successor: Successor): Promise<RedeemedFamily | undefined>;
  /** The same for a family that is not rotated: only the idle life is put off, and a predecessor's grace is over. */
  abstract touch(redemption: Redemption, idleExpiresAt: Date): Promise<RedeemedFamily | undefined>;
  /**
   * In one statement: when the token is the immediate predecessor, of this app and bound key, was granted what is asked, is
   * within its grace, and was replayed less than `mostReplays` times, counts one more.
   * With the sealed successor; undefined, and nothing written, otherwise.
   */
  abstract replay(redemption: Redemption, mostReplays: number): Promise<ReplayedFamily | undefined>;
  /** As it is, whatever it is. */
  abstract find(sessionId: string): Promise<RefreshFamilyRecord | undefined>;
  /** The same, and locked until the running transaction ends. */
  abstract findLocked(sessionId: string): Promise<RefreshFamilyRecord | undefined>;
}
