export type SessionErrorCode = 'session_ended' | 'refresh_unanswered' | 'refresh_refused';

const MESSAGES: Readonly<Record<SessionErrorCode, string>> = {
  session_ended: 'The session is over: its user has to sign in again.',
  refresh_unanswered: 'The session could not be refreshed just now: try again.',
  refresh_refused: 'The server refuses to refresh sessions for this app: it is set up wrongly.',
};

export interface SessionErrorDetails {
  /** Of HTTP, where there was an answer. */
  readonly status?: number | undefined;
  /** `Retry-After`. */
  readonly retryAfterSeconds?: number | undefined;
  /** As the server named it (RFC 6749 §5.2), such as `invalid_client`. */
  readonly oauthError?: string | undefined;
  /** What the network failed with. */
  readonly cause?: unknown;
}

/**
 * The session has no access token that a call could carry, and the call was not carried out.
 *
 * - `session_ended`: the server has ended it, the store is empty, `onSignedOut` was called.
 * - `refresh_unanswered`: nobody answered within `refreshTimeLimitSeconds`, or the server is not there to answer. The user
 *   stays signed in; come again.
 * - `refresh_refused`: not the user but the app is refused (`invalid_client`). The user stays signed in.
 */
export class SessionError extends Error {
  readonly status: number | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly oauthError: string | undefined;

  constructor(
    readonly code: SessionErrorCode,
    { status, retryAfterSeconds, oauthError, cause }: SessionErrorDetails = {},
  ) {
    super(`${code}: ${MESSAGES[code]}`, cause === undefined ? undefined : { cause });
    this.name = 'SessionError';
    this.status = status;
    this.retryAfterSeconds = retryAfterSeconds;
    this.oauthError = oauthError;
  }
}
