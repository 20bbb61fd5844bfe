import { Injectable } from '@nestjs/common';
import { SCOPE } from '@portcullis/wire';
import { SessionKeys, UserPermissions } from '../../layers/user/index.js';
import type { ClientApp } from '../apps/index.js';
import { AccessTokens, InvalidGrant, RefreshFamilies, type RedeemedFamily } from '../tokens/index.js';
import { OAuthError } from './oauth-error.js';
import { demandParameter, type TokenRequest } from './read-token-request.js';
import type { GrantedTokens, TokenGrant } from './token-grant.js';

/** `grant_type=refresh_token` (RFC 6749 §6). */
@Injectable()
export class RefreshTokenGrant implements TokenGrant {
  constructor(
    private readonly families: RefreshFamilies,
    private readonly accessTokens: AccessTokens,
    private readonly permissions: UserPermissions,
    private readonly sessions: SessionKeys,
  ) {}

  /** Apps whose sessions come with refresh tokens need not be told that they may use them. */
  isOpenTo({ sessionKind, grantTypes }: ClientApp): boolean {
    return sessionKind === 'tokens' || grantTypes.includes('refresh_token');
  }

  async exchange(client: ClientApp, request: TokenRequest): Promise<GrantedTokens> {
    const askedScopes = readScope(request.get('scope'));
    const { family, refreshToken, redeemedAtMs } = await this.families.redeem({
      refreshToken: demandParameter(request, 'refresh_token'),
      appId: client.id,
      boundKey: null,
      rotates: client.refreshRotation,
      askedScopes,
    });
    const scopes = await this.scopesNow(family, client, askedScopes);
    const { sessionId, userId } = family;
    const issued = await this.accessTokens.issue({
      userId,
      appId: client.id,
      scopes,
      sessionId,
      sessionBegunAt: family.createdAt,
      issuedAtMs: redeemedAtMs,
    });
    this.sessions.noteUse(sessionId);
    const answer = {
      access_token: issued.accessToken,
      token_type: 'Bearer' as const,
      expires_in: issued.expiresInSeconds,
      refresh_token: refreshToken,
      scope: scopes.join(' '),
    };
    return { answer, userId, sessionId, tokenId: issued.tokenId };
  }

  /** What the session was granted, as far as app and user still hold it, narrowed by what is asked: for this token alone. */
  private async scopesNow(
    { userId, scopes }: RedeemedFamily,
    app: ClientApp,
    askedScopes: readonly string[] | undefined,
  ): Promise<readonly string[]> {
    const asked = this.permissions.of(userId, app.id);
    const user = asked instanceof Promise ? await asked : asked;
    if (!user) throw new InvalidGrant('user_not_permitted');
    return scopes.filter(
      (scope) =>
        app.scopes.includes(scope) &&
        (user.scopes?.includes(scope) ?? true) &&
        (askedScopes?.includes(scope) ?? true),
    );
  }
}

function readScope(scope: string | undefined): readonly string[] | undefined {
  if (scope === undefined) return undefined;
  if (!SCOPE.test(scope)) throw new OAuthError('invalid_scope', { reason: 'scope_malformed' });
  return scope.split(' ');
}
