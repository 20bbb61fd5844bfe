import type { AccessTokens, IssuedAccessToken, RefreshFamilies, TokenOptions } from '../tokens/index.js';
import { SessionTokens, type TokenHolder } from './session-tokens.js';

/** The tokens that this application issues. */
export class IssuedSessionTokens extends SessionTokens {
  override readonly absoluteTtlMs: number;

  constructor(
    private readonly accessTokens: AccessTokens,
    private readonly families: RefreshFamilies,
    { refreshAbsoluteTtlMs }: TokenOptions,
  ) {
    super();
    this.absoluteTtlMs = refreshAbsoluteTtlMs;
  }

  override sign(session: TokenHolder): Promise<IssuedAccessToken> {
    const { id: sessionId, userId, appId, scopes, createdAt, resource, boundKey } = session;
    const issuedAtMs = createdAt.getTime();
    const terms = { audience: resource ?? undefined, boundKey };
    return this.accessTokens.issue({
      userId,
      appId,
      scopes,
      sessionId,
      sessionBegunAt: createdAt,
      issuedAtMs,
      ...terms,
    });
  }

  override begin(session: TokenHolder): Promise<{ refreshToken: string; expiresInSeconds: number }> {
    const { id: sessionId, userId, appId, scopes, createdAt, resource, refreshBoundKey: boundKey } = session;
    return this.families.begin({ sessionId, appId, userId, scopes, createdAt, boundKey, resource });
  }
}
