import { Injectable } from '@nestjs/common';
import { UserPermissions } from '../../../../layers/user/index.js';
import { ClientApps, type ClientApp } from '../../../apps/index.js';
import { ResourceDirectory } from '../../../resources/index.js';
import { TokenOptions } from '../../../tokens/index.js';
import { IntrospectionGuesses } from '../../presented/introspection-guesses.js';
import type { PresentedToken } from '../../presented/presented-token.js';
import { PresentedTokens } from '../../presented/presented-tokens.js';
import type { Exchange } from '../exchange.js';
import { ExchangeStep } from '../exchange-step.js';
import { OAuthError } from '../oauth-error.js';
import { demandParameter } from '../parameters.js';

const INACTIVE = Object.freeze({ active: false });

/**
 * RFC 7662 §2: told to whom a token was issued, and to the resource server that it is for, as it stands now. Anybody else
 * learns as much of a token that holds as of one that does not.
 */
@Injectable()
export class IntrospectToken extends ExchangeStep {
  constructor(
    private readonly tokens: PresentedTokens,
    private readonly guesses: IntrospectionGuesses,
    private readonly resources: ResourceDirectory,
    private readonly apps: ClientApps,
    private readonly permissions: UserPermissions,
    private readonly options: TokenOptions,
  ) {
    super();
  }

  override async run(exchange: Exchange): Promise<void> {
    // RFC 7662 §2.1: whoever has only said who it is could be anybody.
    if (exchange.clientMethod === 'none')
      throw new OAuthError('invalid_client', { reason: 'client_authentication_missing' });
    const text = demandParameter(exchange.parameters, 'token');
    const token = await this.tokens.find(text);
    const isTheirs = token !== undefined && (await this.isOf(token, exchange.knownClient));
    const scopes = isTheirs ? await this.scopesNow(token) : undefined;
    // Whoever has one that is over has not guessed it, and must hear that it is: its app is told 401, and refreshes.
    if (!token && !(await this.tokens.wasIssued(text))) await this.guesses.count(exchange.knownClient.id);
    const body = isTheirs && scopes ? this.describe(token, scopes) : INACTIVE;
    exchange.answer = { kind: 'json', status: 200, body };
  }

  private async isOf({ clientId, audiences }: PresentedToken, { id }: ClientApp): Promise<boolean> {
    if (clientId === id) return true;
    const resources = await Promise.all(audiences.map((audience) => this.resources.find(audience)));
    return resources.some((resource) => resource?.appId === id);
  }

  /** What of its scopes app and user still hold; undefined where one of them is gone or suspended. */
  private async scopesNow({
    clientId,
    userId,
    scopes,
  }: PresentedToken): Promise<readonly string[] | undefined> {
    const client = await this.apps.find(clientId);
    const user = userId === undefined ? undefined : await this.permissions.of(userId, clientId);
    if (!client || client.app.suspended || (userId !== undefined && !user)) return undefined;
    return scopes.filter(
      (scope) => client.app.scopes.includes(scope) && (user?.scopes?.includes(scope) ?? true),
    );
  }

  private describe(token: PresentedToken, scopes: readonly string[]): object {
    const { kind, clientId, userId, tokenId, audiences, expiresAt, issuedAt, confirmation } = token;
    const isBound = kind === 'access' && confirmation !== undefined;
    return {
      active: true,
      ...(scopes.length > 0 && { scope: scopes.join(' ') }),
      client_id: clientId,
      ...(kind === 'access' && { token_type: isBound ? 'DPoP' : 'Bearer' }),
      exp: expiresAt,
      iat: issuedAt,
      sub: userId ?? clientId,
      aud: audiences.length === 1 ? audiences[0] : audiences,
      iss: this.options.issuer,
      ...(tokenId !== undefined && { jti: tokenId }),
      ...(confirmation && { cnf: confirmation }),
    };
  }
}
