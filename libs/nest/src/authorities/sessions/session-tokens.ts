import type { IssuedAccessToken } from '../tokens/index.js';
import type { SessionRecord } from './session.store.js';

/** What the tokens of a session are for, and whose. */
export interface TokenTerms {
  /** RFC 8707; null: the issuer's own API. */
  readonly resource: string | null;
  /** Thumbprint (RFC 7638) of the key that access tokens are bound to (RFC 9449 §6.1); null for bearer tokens. */
  readonly boundKey: string | null;
  /** Of the key that refresh tokens are bound to; null where the app authenticates, which binds them (RFC 9449 §5). */
  readonly refreshBoundKey: string | null;
}

/** A session, as far as its tokens say something of it. */
export type TokenHolder = Pick<SessionRecord, 'id' | 'userId' | 'appId' | 'scopes' | 'createdAt'> &
  TokenTerms;

/** The tokens of sessions that have some, as sessions ask for them. */
export abstract class SessionTokens {
  /** How long such a session lasts, in milliseconds, however much it is used. */
  abstract readonly absoluteTtlMs: number;
  /**
   * An access token for a session that is about to begin. Throws `temporarily_unavailable` when there is no key to sign
   * with.
   */
  abstract sign(session: TokenHolder): Promise<IssuedAccessToken>;
  /** The first refresh token, kept with the running transaction; call it where the session was inserted. */
  abstract begin(session: TokenHolder): Promise<{ refreshToken: string; expiresInSeconds: number }>;
}
