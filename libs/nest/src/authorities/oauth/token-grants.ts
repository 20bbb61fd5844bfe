import { Injectable } from '@nestjs/common';
import type { ClientApp } from '../apps/index.js';
import { OAuthError } from './oauth-error.js';
import { RefreshTokenGrant } from './refresh-token.grant.js';
import type { GrantedTokens, TokenGrant } from './token-grant.js';
import { demandParameter, type TokenRequest } from './read-token-request.js';

/** What can be exchanged for tokens at the token endpoint, by `grant_type` (RFC 6749 §4). */
@Injectable()
export class TokenGrants {
  private readonly grants: ReadonlyMap<string, TokenGrant>;

  constructor(refreshToken: RefreshTokenGrant) {
    this.grants = new Map<string, TokenGrant>([['refresh_token', refreshToken]]);
  }

  /** Throws `unsupported_grant_type`, `unauthorized_client`, and what the grant throws. */
  exchange(client: ClientApp, request: TokenRequest): Promise<GrantedTokens> {
    const grant = this.grants.get(demandParameter(request, 'grant_type'));
    if (!grant) throw new OAuthError('unsupported_grant_type', { reason: 'grant_type_unknown' });
    if (!grant.isOpenTo(client))
      throw new OAuthError('unauthorized_client', { reason: 'grant_type_not_allowed' });
    return grant.exchange(client, request);
  }
}
