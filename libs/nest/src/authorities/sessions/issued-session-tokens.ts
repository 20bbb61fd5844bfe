import type { AccessTokens, RefreshFamilies, TokenOptions } from '../tokens/index.js';
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

  override sign(session: TokenHolder): Promise<{ accessToken: string; expiresInSeconds: number }> {
    const { id: sessionId, userId, appId, scopes, createdAt } = session;
    const issuedAtMs = createdAt.getTime();
    return this.accessTokens.issue({
      userId,
      appId,
      scopes,
      sessionId,
      sessionBegunAt: createdAt,
      issuedAtMs,
    });
  }

  override begin(session: TokenHolder): Promise<{ refreshToken: string; expiresInSeconds: number }> {
    const { id: sessionId, userId, appId, scopes, createdAt } = session;
    // A sign-in proves no key: its tokens are bearer tokens.
    return this.families.begin({ sessionId, appId, userId, scopes, createdAt, boundKey: null });
  }
}
