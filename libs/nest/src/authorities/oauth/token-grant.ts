import type { ClientApp } from '../apps/index.js';
import type { TokenRequest } from './read-token-request.js';

/** What was granted, and for whom. */
export interface GrantedTokens {
  readonly answer: TokenAnswer;
  readonly userId: string;
  readonly sessionId: string;
  /** The access token's `jti`. */
  readonly tokenId: string;
}

/** RFC 6749 §5.1 */
export interface TokenAnswer {
  readonly access_token: string;
  readonly token_type: 'Bearer';
  readonly expires_in: number;
  readonly refresh_token: string;
  readonly scope: string;
}

/** One `grant_type` of the token endpoint. */
export interface TokenGrant {
  isOpenTo(client: ClientApp): boolean;
  /** Throws `OAuthError`, `InvalidGrant`, `ScopeExceeded`, or a `temporarily_unavailable` problem. */
  exchange(client: ClientApp, request: TokenRequest): Promise<GrantedTokens>;
}
