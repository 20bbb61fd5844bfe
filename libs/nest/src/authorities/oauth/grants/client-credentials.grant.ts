import { Injectable } from '@nestjs/common';
import type { ClientApp } from '../../apps/index.js';
import { AccessTokens } from '../../tokens/index.js';
import type { Exchange } from '../protocol/exchange.js';
import { OfferedScopes } from '../requests/offered-scopes.js';
import { narrowTo, readScopeOf } from './asked-scopes.js';
import type { GrantedTokens } from '../protocol/granted-tokens.js';
import type { TokenGrant } from './token-grant.js';

/** `grant_type=client_credentials` (RFC 6749 §4.4): an app that speaks for itself. It needs no refresh token (§4.4.3). */
@Injectable()
export class ClientCredentialsGrant implements TokenGrant {
  constructor(
    private readonly offers: OfferedScopes,
    private readonly accessTokens: AccessTokens,
  ) {}

  /** RFC 6749 §4.4: whoever cannot prove to be the app must not be given what the app may do. */
  isOpenTo({ clientType, grantTypes }: ClientApp): boolean {
    return clientType === 'confidential' && grantTypes.includes('client_credentials');
  }

  async exchange({ knownClient: client, parameters, dpop, startedAtMs }: Exchange): Promise<GrantedTokens> {
    const asked = readScopeOf(client, parameters);
    const found = this.offers.of(client, parameters.get('resource'));
    const { resource, scopes: offered } = found instanceof Promise ? await found : found;
    const scopes = narrowTo(offered, asked);
    const issued = await this.accessTokens.issue({
      appId: client.id,
      scopes,
      issuedAtMs: startedAtMs,
      audience: resource ?? undefined,
      boundKey: dpop?.thumbprint,
    });
    const answer = {
      access_token: issued.accessToken,
      token_type: dpop ? ('DPoP' as const) : ('Bearer' as const),
      expires_in: issued.expiresInSeconds,
      scope: scopes.join(' '),
    };
    return { answer, tokenId: issued.tokenId };
  }
}
