import type { SessionRecord } from './session.store.js';

/** What can be read of it can be read now and never again. */
export interface StartedOpaqueSession {
  readonly kind: 'opaque';
  readonly key: string;
  readonly session: Session;
  readonly idleTtlSeconds: number;
  readonly absoluteTtlSeconds: number;
}

/** A session of one access token, which cannot be renewed. */
export interface StartedAccess {
  readonly accessToken: string;
  /** Its `jti`. */
  readonly accessTokenId: string;
  readonly accessTokenExpiresInSeconds: number;
  readonly session: Session;
}

/** What can be read of it can be read now and never again. */
export interface StartedTokenSession extends StartedAccess {
  readonly kind: 'tokens';
  readonly refreshToken: string;
  readonly refreshTokenExpiresInSeconds: number;
}

export type StartedSession = StartedOpaqueSession | StartedTokenSession;

/** Everything about a session but the hash of its secret. */
export type Session = Omit<SessionRecord, 'secretHash'>;
