/** What was granted, and for whom. */
export interface GrantedTokens {
  readonly answer: TokenAnswer;
  /** Undefined where the client speaks for itself (RFC 6749 §4.4). */
  readonly userId?: string | undefined;
  readonly sessionId?: string | undefined;
  /** The access token's `jti`. */
  readonly tokenId: string;
}

/** RFC 6749 §5.1, RFC 9449 §5 */
export interface TokenAnswer {
  readonly access_token: string;
  readonly token_type: 'Bearer' | 'DPoP';
  readonly expires_in: number;
  readonly refresh_token?: string;
  readonly scope: string;
}
