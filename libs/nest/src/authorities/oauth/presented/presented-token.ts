/** A token that somebody asks about, or wants revoked; it holds now. */
export interface PresentedToken {
  readonly kind: 'access' | 'refresh';
  /** The app that it was issued to. */
  readonly clientId: string;
  /** Undefined where the client speaks for itself. */
  readonly userId: string | undefined;
  readonly sessionId: string | undefined;
  /** Of an access token, its `jti`. */
  readonly tokenId: string | undefined;
  readonly scopes: readonly string[];
  readonly audiences: readonly string[];
  /** Seconds since the epoch. */
  readonly expiresAt: number;
  readonly issuedAt: number;
  /** RFC 7800 §3.1: the key that it is bound to. */
  readonly confirmation: object | undefined;
}
