import { Injectable } from '@nestjs/common';
import type { Exchange } from '../protocol/exchange.js';
import { OAuthError } from '../protocol/oauth-error.js';
import { demandParameter, type Parameters } from '../protocol/parameters.js';
import { AuthorizationCodeGrant } from './authorization-code.grant.js';
import { ClientCredentialsGrant } from './client-credentials.grant.js';
import { PasswordGrant } from './password.grant.js';
import { RefreshTokenGrant } from './refresh-token.grant.js';
import type { GrantedTokens } from '../protocol/granted-tokens.js';
import type { TokenGrant } from './token-grant.js';

interface OfferedGrant {
  readonly grant: TokenGrant;
  /** Parameters in which what is exchanged is presented. */
  readonly presentedIn: readonly string[];
}

/** What can be exchanged for tokens at the token endpoint, by `grant_type` (RFC 6749 §4). */
@Injectable()
export class TokenGrants {
  private readonly grants: ReadonlyMap<string, OfferedGrant>;
  private readonly presentedInAny: readonly string[];

  constructor(
    authorizationCode: AuthorizationCodeGrant,
    refreshToken: RefreshTokenGrant,
    clientCredentials: ClientCredentialsGrant,
    password: PasswordGrant,
  ) {
    this.grants = new Map<string, OfferedGrant>([
      ['authorization_code', { grant: authorizationCode, presentedIn: ['code', 'code_verifier'] }],
      ['refresh_token', { grant: refreshToken, presentedIn: ['refresh_token'] }],
      ['client_credentials', { grant: clientCredentials, presentedIn: [] }],
      ['password', { grant: password, presentedIn: ['username', 'password'] }],
    ]);
    this.presentedInAny = [...this.grants.values()].flatMap(({ presentedIn }) => presentedIn);
  }

  /** Throws `unsupported_grant_type`, `unauthorized_client`, `invalid_request`, and what the grant throws. */
  exchange(exchange: Exchange): Promise<GrantedTokens> {
    const offered = this.grants.get(demandParameter(exchange.parameters, 'grant_type'));
    if (!offered) throw new OAuthError('unsupported_grant_type', { reason: 'grant_type_unknown' });
    if (!offered.grant.isOpenTo(exchange.knownClient))
      throw new OAuthError('unauthorized_client', { reason: 'grant_type_not_allowed' });
    this.refuseOthers(offered, exchange.parameters);
    return offered.grant.exchange(exchange);
  }

  /** Whoever presents two things at once does not know what it asks for, or hopes that two readers disagree. */
  private refuseOthers({ presentedIn }: OfferedGrant, parameters: Parameters): void {
    if (this.presentedInAny.some((name) => parameters.has(name) && !presentedIn.includes(name)))
      throw new OAuthError('invalid_request', { reason: 'parameters_of_two_grants' });
  }
}
