import type { ClientApp } from '../../apps/index.js';
import type { Exchange } from '../protocol/exchange.js';
import type { GrantedTokens } from '../protocol/granted-tokens.js';

/** One `grant_type` of the token endpoint. */
export interface TokenGrant {
  isOpenTo(client: ClientApp): boolean;
  /** Throws `OAuthError`, `InvalidGrant`, `ScopeExceeded`, or a `temporarily_unavailable` problem. */
  exchange(exchange: Exchange): Promise<GrantedTokens>;
}
