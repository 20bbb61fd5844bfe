import type { SessionRecord } from './session.store.js';

/** A session, as far as its tokens say something of it. */
export type TokenHolder = Pick<SessionRecord, 'id' | 'userId' | 'appId' | 'scopes' | 'createdAt'>;

/** The tokens of sessions that have some, as sessions ask for them. */
export abstract class SessionTokens {
  /** How long such a session lasts, in milliseconds, however much it is used. */
  abstract readonly absoluteTtlMs: number;
  /**
   * An access token for a session that is about to begin. Throws `temporarily_unavailable` when there is no key to sign
   * with.
   */
  abstract sign(session: TokenHolder): Promise<{ accessToken: string; expiresInSeconds: number }>;
  /** The first refresh token, kept with the running transaction; call it where the session was inserted. */
  abstract begin(session: TokenHolder): Promise<{ refreshToken: string; expiresInSeconds: number }>;
}
