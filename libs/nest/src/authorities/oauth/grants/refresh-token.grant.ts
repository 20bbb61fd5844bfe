import { Injectable } from '@nestjs/common';
import { SessionKeys, UserPermissions } from '../../../layers/user/index.js';
import type { ClientApp } from '../../apps/index.js';
import {
  AccessTokens,
  InvalidGrant,
  RefreshFamilies,
  type FamilyTerms,
  type RedeemedFamily,
  type RedeemedRefreshToken,
} from '../../tokens/index.js';
import type { Exchange } from '../protocol/exchange.js';
import { OAuthError } from '../protocol/oauth-error.js';
import { demandParameter } from '../protocol/parameters.js';
import { OfferedScopes, type Offer } from '../requests/offered-scopes.js';
import { readScope } from './asked-scopes.js';
import { mayRefresh } from './may-refresh.js';
import type { GrantedTokens } from '../protocol/granted-tokens.js';
import type { TokenGrant } from './token-grant.js';

/** `grant_type=refresh_token` (RFC 6749 §6). */
@Injectable()
export class RefreshTokenGrant implements TokenGrant {
  constructor(
    private readonly families: RefreshFamilies,
    private readonly accessTokens: AccessTokens,
    private readonly permissions: UserPermissions,
    private readonly offers: OfferedScopes,
    private readonly sessions: SessionKeys,
  ) {}

  isOpenTo(client: ClientApp): boolean {
    return mayRefresh(client);
  }

  async exchange(exchange: Exchange): Promise<GrantedTokens> {
    const { knownClient: client, dpop } = exchange;
    const askedScopes = readScope(exchange.parameters);
    const redeemed = await this.redeem(exchange, askedScopes);
    const { family, redeemedAtMs } = redeemed;
    const scopes = await this.scopesNow(family, client, askedScopes);
    const { sessionId, userId } = family;
    const issued = await this.accessTokens.issue({
      userId,
      appId: client.id,
      scopes,
      sessionId,
      sessionBegunAt: family.createdAt,
      issuedAtMs: redeemedAtMs,
      audience: family.resource ?? undefined,
      // To whatever key is proven now; the refresh token is bound to the same, or to none.
      boundKey: dpop?.thumbprint,
    });
    this.sessions.noteUse(sessionId);
    const answer = {
      access_token: issued.accessToken,
      token_type: dpop ? ('DPoP' as const) : ('Bearer' as const),
      expires_in: issued.expiresInSeconds,
      refresh_token: redeemed.refreshToken,
      scope: scopes.join(' '),
    };
    return { answer, userId, sessionId, tokenId: issued.tokenId };
  }

  private async redeem(
    exchange: Exchange,
    askedScopes: readonly string[] | undefined,
  ): Promise<RedeemedRefreshToken> {
    const { knownClient: client, parameters, dpop } = exchange;
    const refreshToken = demandParameter(parameters, 'refresh_token');
    const { id: appId, refreshRotation: rotates } = client;
    const asked = parameters.get('resource');
    // RFC 9449 §5: the refresh tokens of an app that authenticates are bound by that.
    let boundKey = client.clientType === 'public' ? (dpop?.thumbprint ?? null) : null;
    if (asked !== undefined || boundKey !== null) {
      const terms = await this.families.termsOf({ refreshToken, appId });
      if (terms && asked !== undefined) await this.refuseOtherResource(client, { asked, terms });
      // An app that has only learnt to prove a key: its refresh token is anybody's as before.
      if (terms?.boundKey === null) boundKey = null;
    }
    return this.families.redeem({ refreshToken, appId, boundKey, rotates, askedScopes });
  }

  /**
   * RFC 8707 §2.2: there is one resource, and no other can be asked for. Before the token is redeemed: as with a scope that
   * exceeds it, it holds as it did. Throws `invalid_target`.
   */
  private async refuseOtherResource(
    client: ClientApp,
    { asked, terms }: { readonly asked: string; readonly terms: FamilyTerms },
  ): Promise<void> {
    const { resource } = await this.offers.of(client, asked);
    if (resource !== terms.resource)
      throw new OAuthError('invalid_target', { reason: 'resource_not_granted' });
  }

  /** What the session was granted, as far as app, resource and user still know it, narrowed by what is asked: for this token alone. */
  private async scopesNow(
    { userId, scopes, resource }: RedeemedFamily,
    app: ClientApp,
    askedScopes: readonly string[] | undefined,
  ): Promise<readonly string[]> {
    const offer = await this.offerOf(app, resource);
    const asked = this.permissions.of(userId, app.id);
    const user = asked instanceof Promise ? await asked : asked;
    if (!user) throw new InvalidGrant('user_not_permitted');
    return scopes.filter(
      (scope) =>
        offer.scopes.includes(scope) &&
        (user.scopes?.includes(scope) ?? true) &&
        (askedScopes?.includes(scope) ?? true),
    );
  }

  /**
   * Nobody has asked for the resource now, and the token is redeemed: an app that were told to ask for another would come again
   * with it, and be taken for a thief.
   */
  private async offerOf(app: ClientApp, resource: string | null): Promise<Offer> {
    try {
      return await this.offers.of(app, resource);
    } catch (error) {
      if (error instanceof OAuthError && error.code === 'invalid_target')
        throw new InvalidGrant('resource_taken_away');
      throw error;
    }
  }
}
