import { parseCompactJws } from '@portcullis/wire';
import { Injectable } from '@nestjs/common';
import { verifyJws } from '../../../crypto/index.js';
import { Clock } from '../../../pipeline/index.js';
import { RevokedCredentials } from '../../revocations/index.js';
import {
  IssuedTokens,
  RefreshFamilyStore,
  RefreshTokens,
  SigningKeyDirectory,
  TokenOptions,
  type IssuedToken,
  type RefreshFamilyRecord,
  type RefreshToken,
} from '../../tokens/index.js';
import type { PresentedToken } from './presented-token.js';

/** Finds out what a token is, whatever its kind: hints (RFC 7009 §2.1, RFC 7662 §2.1) are not needed, and not believed. */
@Injectable()
export class PresentedTokens {
  constructor(
    private readonly accessTokens: IssuedTokens,
    private readonly refreshTokens: RefreshTokens,
    private readonly families: RefreshFamilyStore,
    private readonly keys: SigningKeyDirectory,
    private readonly revoked: RevokedCredentials,
    private readonly options: TokenOptions,
    private readonly clock: Clock,
  ) {}

  /** Undefined for what is no token, or holds no more. Throws `temporarily_unavailable` when it cannot know. */
  async find(text: string): Promise<PresentedToken | undefined> {
    const refreshToken = this.refreshTokens.parse(text);
    if (refreshToken) return this.findRefreshToken(refreshToken);
    const issued = await this.accessTokens.read(text);
    return issued && ofAccessToken(issued);
  }

  /**
   * Whether a text that `find` found nothing for was a token once: it has the tag of our key ring, or one of our signatures. An
   * access token is told for as long as its key is kept. Throws `temporarily_unavailable` when it cannot know.
   */
  async wasIssued(text: string): Promise<boolean> {
    if (this.refreshTokens.parse(text)) return true;
    const jws = parseCompactJws(text);
    const kid = jws?.header['kid'];
    // `find` has looked for a key that this node had not seen.
    if (!jws || typeof kid !== 'string' || !this.keys.knows(kid)) return false;
    return verifyJws(jws, await this.keys.verifying(kid)) !== undefined;
  }

  /** The session of a refresh token that was issued to the client, whether it is the one that holds or came before it. */
  async findSession(text: string, clientId: string): Promise<string | undefined> {
    const token = this.refreshTokens.parse(text);
    const family = token && (await this.families.find(token.sessionId));
    return family?.appId === clientId ? family.sessionId : undefined;
  }

  private async findRefreshToken(token: RefreshToken): Promise<PresentedToken | undefined> {
    const family = await this.families.find(token.sessionId);
    if (!family || !this.holds(token, family)) return undefined;
    const { appId, userId, sessionId, scopes, resource, boundKey, createdAt, idleExpiresAt, expiresAt } =
      family;
    return {
      kind: 'refresh',
      clientId: appId,
      userId,
      sessionId,
      tokenId: undefined,
      scopes,
      audiences: [resource ?? this.options.audience],
      expiresAt: secondsOf(idleExpiresAt < expiresAt ? idleExpiresAt : expiresAt),
      issuedAt: secondsOf(createdAt),
      confirmation: boundKey === null ? undefined : { jkt: boundKey },
    };
  }

  private holds(token: RefreshToken, family: RefreshFamilyRecord): boolean {
    const now = this.clock.now();
    const { appId: clientId, userId, sessionId, createdAt } = family;
    const begunAtMs = createdAt.getTime();
    return (
      token.hash === family.currentHash &&
      now < Math.min(family.idleExpiresAt.getTime(), family.expiresAt.getTime()) &&
      !this.revoked.includes({ sessionId, userId, clientId, begunAtMs })
    );
  }
}

function ofAccessToken({ claims, subject, clientId, ...issued }: IssuedToken): PresentedToken {
  const { tokenId, sessionId, scopes, audiences } = issued;
  const { exp, iat, cnf } = claims;
  return {
    kind: 'access',
    clientId,
    userId: subject === clientId ? undefined : subject,
    sessionId,
    tokenId,
    scopes,
    audiences,
    expiresAt: exp as number,
    issuedAt: iat as number,
    confirmation: typeof cnf === 'object' && cnf !== null ? cnf : undefined,
  };
}

function secondsOf(moment: Date): number {
  return Math.floor(moment.getTime() / 1000);
}
