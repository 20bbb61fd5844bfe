import { Injectable } from '@nestjs/common';
import { Clock, temporarilyUnavailable } from '../../pipeline/index.js';
import { RevokedCredentials } from '../revocations/index.js';
import { KnownFamilyTerms, type FamilyTerms } from './known-family-terms.js';
import { InvalidGrant } from './invalid-grant.js';
import {
  RefreshFamilyStore,
  type RedeemedFamily,
  type Redemption,
  type RefreshFamilyRecord,
} from './refresh-family.store.js';
import { RefreshReuse } from './refresh-reuse.js';
import { RefreshTokens, type RefreshToken } from './refresh-tokens.js';
import { openSuccessor, sealSuccessor } from './successor-seal.js';
import { TokenOptions } from './token.options.js';

export type NewFamily = Pick<
  RefreshFamilyRecord,
  'sessionId' | 'appId' | 'userId' | 'scopes' | 'boundKey' | 'resource' | 'createdAt'
>;

export interface PresentedRefreshToken {
  /** As `read` has it. */
  readonly token: RefreshToken;
  /** The app that presents it, authenticated. */
  readonly appId: string;
  /** RFC 7638 thumbprint of the key that it has proven to hold; null for none. */
  readonly boundKey: string | null;
  /** Whether it is replaced by another one. A bearer token is in any case: whoever copied it could use it for ever. */
  readonly rotates: boolean;
  /** Each must have been granted. Undefined: whatever was granted. */
  readonly askedScopes?: readonly string[] | undefined;
}

export interface RedeemedRefreshToken {
  readonly family: RedeemedFamily;
  /** The one that holds from now on. */
  readonly refreshToken: string;
  /**
   * Before anything was changed: when a token that is issued for it is issued. A moment later, it could outlive what is
   * remembered of a revocation.
   */
  readonly redeemedAtMs: number;
}

interface Attempt {
  readonly token: RefreshToken;
  readonly redemption: Redemption;
  readonly rotates: boolean;
}

/** Each further one follows a change that somebody else committed in between. */
const MOST_ATTEMPTS = 3;

/**
 * Refresh tokens that follow each other in a session. Each is redeemed once; the immediate predecessor is answered with the
 * same successor for a while, for answers get lost and apps refresh twice at a time (RFC 9700 §4.14.2). Anything else is
 * somebody else's copy, and ends the session.
 */
@Injectable()
export class RefreshFamilies {
  constructor(
    private readonly store: RefreshFamilyStore,
    private readonly terms: KnownFamilyTerms,
    private readonly tokens: RefreshTokens,
    private readonly reuse: RefreshReuse,
    private readonly revoked: RevokedCredentials,
    private readonly options: TokenOptions,
    private readonly clock: Clock,
  ) {}

  /** The family of a session, written in the running transaction together with the session's row. */
  async begin(family: NewFamily): Promise<{ refreshToken: string; expiresInSeconds: number }> {
    const { refreshIdleTtlMs, refreshAbsoluteTtlMs } = this.options;
    const first = this.tokens.mint(family.sessionId, 0);
    const createdAtMs = family.createdAt.getTime();
    await this.store.insert({
      ...family,
      generation: 0,
      currentHash: first.hash,
      previousHash: null,
      sealedSuccessor: null,
      graceEndsAt: null,
      graceReplays: 0,
      idleExpiresAt: new Date(createdAtMs + refreshIdleTtlMs),
      expiresAt: new Date(createdAtMs + refreshAbsoluteTtlMs),
    });
    return { refreshToken: first.text, expiresInSeconds: refreshIdleTtlMs / 1000 };
  }

  /** Throws `InvalidGrant` for what is no token of this key ring. */
  read(text: string): RefreshToken {
    const token = this.tokens.parse(text);
    if (!token) throw new InvalidGrant('refresh_token_unknown');
    return token;
  }

  /**
   * Redeems a token; when this resolves, it is committed. Throws `InvalidGrant`, `ScopeExceeded`, or a
   * `temporarily_unavailable` problem, after which the same token may be presented again: within the grace it does not
   * matter whether it had been redeemed.
   */
  async redeem(presented: PresentedRefreshToken): Promise<RedeemedRefreshToken> {
    const { token, appId, boundKey, askedScopes = null } = presented;
    const { sessionId, hash } = token;
    const rotates = presented.rotates || boundKey === null;
    for (let attempts = 0; attempts < MOST_ATTEMPTS; attempts++) {
      const now = new Date(this.clock.now());
      const redemption = { sessionId, hash, appId, boundKey, askedScopes, now };
      // oxlint-disable-next-line no-await-in-loop -- the next attempt follows from what this one found
      const redeemed = await this.attempt({ token, redemption, rotates });
      if (redeemed) return this.unlessRevoked(redeemed);
      // oxlint-disable-next-line no-await-in-loop
      await this.reuse.judge(token, redemption);
    }
    throw temporarilyUnavailable('refresh_contended');
  }

  /**
   * What the tokens of a family are for, and whose, whichever of them is presented; undefined for one that the app does not
   * hold. Says nothing of whether the token holds.
   */
  async termsOf({ sessionId }: RefreshToken, appId: string): Promise<FamilyTerms | undefined> {
    const terms = await this.terms.of(sessionId);
    return terms?.appId === appId ? terms : undefined;
  }

  private async attempt(attempt: Attempt): Promise<RedeemedRefreshToken | undefined> {
    const redeemed = attempt.rotates ? await this.rotate(attempt) : await this.touch(attempt);
    return redeemed ?? this.replay(attempt);
  }

  /** The one statement of nearly every redemption. */
  private async rotate({ token, redemption }: Attempt): Promise<RedeemedRefreshToken | undefined> {
    const { refreshIdleTtlMs, refreshGraceMs } = this.options;
    const redeemedAtMs = redemption.now.getTime();
    const successor = this.tokens.mint(token.sessionId, token.generation + 1);
    const family = await this.store.rotate(redemption, {
      hash: successor.hash,
      sealed: sealSuccessor(token, successor),
      graceEndsAt: new Date(redeemedAtMs + refreshGraceMs),
      idleExpiresAt: new Date(redeemedAtMs + refreshIdleTtlMs),
    });
    return family && { family, refreshToken: successor.text, redeemedAtMs };
  }

  private async touch({ token, redemption }: Attempt): Promise<RedeemedRefreshToken | undefined> {
    const redeemedAtMs = redemption.now.getTime();
    const idleExpiresAt = new Date(redeemedAtMs + this.options.refreshIdleTtlMs);
    const family = await this.store.touch(redemption, idleExpiresAt);
    return family && { family, refreshToken: token.text, redeemedAtMs };
  }

  private async replay({ token, redemption }: Attempt): Promise<RedeemedRefreshToken | undefined> {
    const family = await this.store.replay(redemption, this.options.refreshGraceReplays);
    if (!family?.sealedSuccessor) return undefined;
    const refreshToken = openSuccessor(token, family.sealedSuccessor);
    return { family, refreshToken, redeemedAtMs: redemption.now.getTime() };
  }

  /** Sessions that were begun before a moment are refused from memory first, and removed from the store afterwards. */
  private unlessRevoked(redeemed: RedeemedRefreshToken): RedeemedRefreshToken {
    // A store that contradicts itself: nobody may be taken for another.
    if (!this.terms.agreeWith(redeemed.family)) throw temporarilyUnavailable('refresh_family_contradicted');
    const { sessionId, userId, appId, createdAt } = redeemed.family;
    const issued = { sessionId, userId, clientId: appId, begunAtMs: createdAt.getTime() };
    if (this.revoked.includes(issued)) throw new InvalidGrant('refresh_family_revoked');
    return redeemed;
  }
}
