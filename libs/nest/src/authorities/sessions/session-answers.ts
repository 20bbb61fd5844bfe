import type { Session, StartedSession } from './started-session.js';

/** What a sign-in is answered with (RFC 6749 §5.1, where the session has tokens). */
export function answerOf(started: StartedSession): object {
  const scope = started.session.scopes.join(' ');
  if (started.kind === 'opaque')
    return {
      session_key: started.key,
      token_type: 'Bearer',
      expires_in: started.idleTtlSeconds,
      absolute_expires_in: started.absoluteTtlSeconds,
      scope,
    };
  return {
    access_token: started.accessToken,
    token_type: 'Bearer',
    expires_in: started.accessTokenExpiresInSeconds,
    refresh_token: started.refreshToken,
    refresh_expires_in: started.refreshTokenExpiresInSeconds,
    scope,
  };
}

export interface SessionView {
  readonly session: Session;
  /** Of an app that is gone: null. */
  readonly appName: string | null;
  /** Whether it is the one that asks. */
  readonly current: boolean;
}

/** A session as its user sees it. */
export function shown({ session, appName, current }: SessionView): object {
  const { id, appId, kind, scopes, device, startedFrom, createdAt, lastUsedAt, expiresAt } = session;
  return {
    id,
    appId,
    app: { id: appId, name: appName },
    kind,
    scope: scopes.join(' '),
    device,
    startedFrom,
    createdAt,
    lastUsedAt,
    expiresAt,
    current,
  };
}
