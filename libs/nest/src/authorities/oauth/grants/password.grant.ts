import { Injectable } from '@nestjs/common';
import { SecurityProblem } from '../../../pipeline/index.js';
import type { ClientApp } from '../../apps/index.js';
import { SignIn } from '../../sessions/index.js';
import { InvalidGrant } from '../../tokens/index.js';
import type { UserAccount } from '../../users/index.js';
import type { Exchange } from '../protocol/exchange.js';
import { demandParameter } from '../protocol/parameters.js';
import { OfferedScopes } from '../requests/offered-scopes.js';
import { narrowTo, readScopeOf } from './asked-scopes.js';
import { GrantedSessions } from './granted-sessions.js';
import type { GrantedTokens } from '../protocol/granted-tokens.js';
import type { TokenGrant } from './token-grant.js';

/**
 * `grant_type=password` (RFC 6749 §4.3), which shows the app the user's password: for apps that are allowed it one by one
 * (RFC 9700 §2.4). Guesses are slowed down as at every other place where users sign in.
 */
@Injectable()
export class PasswordGrant implements TokenGrant {
  constructor(
    private readonly signIn: SignIn,
    private readonly offers: OfferedScopes,
    private readonly sessions: GrantedSessions,
  ) {}

  isOpenTo({ grantTypes }: ClientApp): boolean {
    return grantTypes.includes('password');
  }

  /** Also throws a `rate_limited` problem. */
  async exchange(exchange: Exchange): Promise<GrantedTokens> {
    const { knownClient: client, parameters } = exchange;
    const asked = readScopeOf(client, parameters);
    const { resource, scopes } = await this.offers.of(client, parameters.get('resource'));
    const requestedScopes = narrowTo(scopes, asked);
    const user = await this.userOf(exchange);
    const address = exchange.inbound.peerAddress;
    return this.sessions.start(exchange, { user, requestedScopes, resource, address });
  }

  private async userOf({ parameters, inbound }: Exchange): Promise<UserAccount> {
    const username = demandParameter(parameters, 'username');
    const password = demandParameter(parameters, 'password');
    try {
      return await this.signIn.authenticate({ username, password, address: inbound.peerAddress });
    } catch (error) {
      if (error instanceof SecurityProblem && error.code === 'user_token_invalid')
        throw new InvalidGrant('password_failed');
      throw error;
    }
  }
}
