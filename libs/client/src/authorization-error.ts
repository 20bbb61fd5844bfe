export type AuthorizationErrorCode =
  | 'authorization_refused'
  | 'authorization_not_pending'
  | 'callback_foreign'
  | 'issuer_mismatch'
  | 'request_refused'
  | 'code_refused'
  | 'server_unanswered'
  | 'server_unsuitable';

const MESSAGES: Readonly<Record<AuthorizationErrorCode, string>> = {
  authorization_refused: 'The user, or the server, said no.',
  authorization_not_pending: 'No sign-in is waiting for this: it is over, or was never begun here.',
  callback_foreign: 'This is not the answer to the sign-in that is waiting.',
  issuer_mismatch: 'Another server answered than the one that was asked.',
  request_refused: 'The server does not take this request: the app is set up wrongly.',
  code_refused: 'The server gives no tokens for this code.',
  server_unanswered: 'The authorization server did not answer: try again.',
  server_unsuitable: 'The authorization server has not what this takes.',
};

export interface AuthorizationErrorDetails {
  /** Of HTTP, where there was an answer. */
  readonly status?: number | undefined;
  /** As the server named it (RFC 6749 §4.1.2.1, §5.2), such as `access_denied`. */
  readonly oauthError?: string | undefined;
  /** `Retry-After`. */
  readonly retryAfterSeconds?: number | undefined;
  /** The member of the server's metadata that is missing or wrong. */
  readonly metadataMember?: string | undefined;
  /** What the network failed with. */
  readonly cause?: unknown;
}

/**
 * Nobody was signed in by the authorization server.
 *
 * - `authorization_refused`: the answer says so, see `oauthError`; `access_denied` when the user said no.
 * - `authorization_not_pending`: nothing waits for a callback, or what did is older than an hour. Begin anew.
 * - `callback_foreign`: the URL has not the redirect URI, or not the `state`, of the request that waits, which goes on
 *   waiting: anybody can open an app with a URL.
 * - `issuer_mismatch`: the answer (RFC 9207), or the metadata (RFC 8414 §3.3), are another server's.
 * - `request_refused`: of a pushed request (RFC 9126 §2.3), see `oauthError`.
 * - `code_refused`: see `oauthError`; begin anew.
 * - `server_unanswered`: nobody answered, or a proxy did. Begin anew: a code may have been used up.
 * - `server_unsuitable`: its metadata name no such endpoint, or no such method; see `metadataMember`.
 */
export class AuthorizationError extends Error {
  readonly status: number | undefined;
  readonly oauthError: string | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly metadataMember: string | undefined;

  constructor(
    readonly code: AuthorizationErrorCode,
    { status, oauthError, retryAfterSeconds, metadataMember, cause }: AuthorizationErrorDetails = {},
  ) {
    super(`${code}: ${MESSAGES[code]}`, cause === undefined ? undefined : { cause });
    this.name = 'AuthorizationError';
    this.status = status;
    this.oauthError = oauthError;
    this.retryAfterSeconds = retryAfterSeconds;
    this.metadataMember = metadataMember;
  }
}
