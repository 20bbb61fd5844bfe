import { Injectable } from '@nestjs/common';
import { SessionKeys, UserPermissions, type PermittedUser } from '../../../layers/user/index.js';
import { temporarilyUnavailable } from '../../../pipeline/index.js';
import type { ClientApp } from '../../apps/index.js';
import {
  AccessTokens,
  InvalidGrant,
  RefreshFamilies,
  type FamilyTerms,
  type RedeemedFamily,
} from '../../tokens/index.js';
import type { Exchange } from '../protocol/exchange.js';
import { OAuthError } from '../protocol/oauth-error.js';
import { demandParameter } from '../protocol/parameters.js';
import { OfferedScopes, type Offer } from '../requests/offered-scopes.js';
import { readScope } from './asked-scopes.js';
import { mayRefresh } from './may-refresh.js';
import type { GrantedTokens } from '../protocol/granted-tokens.js';
import type { TokenGrant } from './token-grant.js';

/** What app, resource and user of a family are now. */
interface Standing {
  /** Undefined: may nothing any more. */
  readonly user: PermittedUser | undefined;
  /** Undefined: the resource is gone, or the app's no more. */
  readonly offer: Offer | undefined;
}

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

  /**
   * Whatever has to be asked of somebody who may be away is asked before the token is redeemed: an answer that could not be
   * given afterwards would cost the app its session.
   */
  async exchange(exchange: Exchange): Promise<GrantedTokens> {
    const { knownClient: client, dpop } = exchange;
    const askedScopes = readScope(exchange.parameters);
    const token = this.families.read(demandParameter(exchange.parameters, 'refresh_token'));
    const terms = await this.families.termsOf(token, client.id);
    if (terms) await this.refuseOtherResource(exchange, terms);
    const standing = terms && (await this.standingOf(terms, client));
    const { id: appId, refreshRotation: rotates } = client;
    const boundKey = boundKeyOf(exchange, terms);
    const redeemed = await this.families.redeem({ token, appId, boundKey, rotates, askedScopes });
    const { family, redeemedAtMs } = redeemed;
    const scopes = scopesNow(family, standing, askedScopes);
    const { sessionId, userId } = family;
    const issued = await this.accessTokens.issue({
      userId,
      appId,
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

  /**
   * RFC 8707 §2.2: there is one resource, and no other can be asked for. Before the token is redeemed: as with a scope that
   * exceeds it, it holds as it did. Throws `invalid_target`.
   */
  private async refuseOtherResource(
    { knownClient: client, parameters }: Exchange,
    terms: FamilyTerms,
  ): Promise<void> {
    const asked = parameters.get('resource');
    if (asked === undefined) return;
    const { resource } = await this.offers.of(client, asked);
    if (resource !== terms.resource)
      throw new OAuthError('invalid_target', { reason: 'resource_not_granted' });
  }

  private async standingOf({ userId, resource }: FamilyTerms, app: ClientApp): Promise<Standing> {
    const asked = this.permissions.of(userId, app.id);
    const user = asked instanceof Promise ? await asked : asked;
    return { user, offer: await this.offerOf(app, resource) };
  }

  /**
   * Nobody has asked for the resource now: an app that were told to ask for another would come again with it, and be taken for
   * a thief.
   */
  private async offerOf(app: ClientApp, resource: string | null): Promise<Offer | undefined> {
    try {
      return await this.offers.of(app, resource);
    } catch (error) {
      if (error instanceof OAuthError && error.code === 'invalid_target') return undefined;
      throw error;
    }
  }
}

/** RFC 9449 §5: the refresh tokens of an app that authenticates are bound by that. */
function boundKeyOf({ knownClient, dpop }: Exchange, terms: FamilyTerms | undefined): string | null {
  if (knownClient.clientType !== 'public') return null;
  // An app that has only learnt to prove a key: its refresh token is anybody's as before.
  return terms?.boundKey === null ? null : (dpop?.thumbprint ?? null);
}

/**
 * What the session was granted, as far as app, resource and user still know it, narrowed by what is asked: for this token
 * alone. Throws `InvalidGrant` where nothing is known any more.
 */
function scopesNow(
  { scopes }: RedeemedFamily,
  standing: Standing | undefined,
  askedScopes: readonly string[] | undefined,
): readonly string[] {
  // It was not there a moment ago, and was redeemed.
  if (!standing) throw temporarilyUnavailable('refresh_family_contradicted');
  const { offer, user } = standing;
  if (!user) throw new InvalidGrant('user_not_permitted');
  if (!offer) throw new InvalidGrant('resource_taken_away');
  return scopes.filter(
    (scope) =>
      offer.scopes.includes(scope) &&
      (user.scopes?.includes(scope) ?? true) &&
      (askedScopes?.includes(scope) ?? true),
  );
}
