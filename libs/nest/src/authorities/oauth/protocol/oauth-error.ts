/** RFC 6749 §4.1.2.1 and §5.2, RFC 8707 §2, RFC 9101 §6.2 (`invalid_request_uri`), RFC 9449 §5. */
const STATUS = {
  invalid_request: 400,
  invalid_client: 401,
  invalid_grant: 400,
  unauthorized_client: 400,
  unsupported_grant_type: 400,
  invalid_scope: 400,
  unsupported_response_type: 400,
  access_denied: 403,
  invalid_target: 400,
  invalid_request_uri: 400,
  invalid_dpop_proof: 400,
  use_dpop_nonce: 400,
  rate_limited: 429,
  temporarily_unavailable: 503,
} as const;

const DESCRIPTIONS: Readonly<Record<OAuthErrorCode, string>> = {
  invalid_request: 'The request is malformed.',
  invalid_client: 'The client could not be authenticated.',
  invalid_grant: 'The grant does not hold.',
  unauthorized_client: 'The client may not use this grant.',
  unsupported_grant_type: 'There is no such grant type.',
  invalid_scope: 'The scope is malformed, or exceeds what was granted.',
  unsupported_response_type: 'There is no such response type, or the client may not use it.',
  access_denied: 'It was not allowed.',
  invalid_target: 'The resource is unknown, or the client may not ask for it.',
  invalid_request_uri: 'The request_uri is unknown or has expired.',
  invalid_dpop_proof: 'The DPoP proof does not hold.',
  use_dpop_nonce: 'The DPoP proof needs the nonce of this answer.',
  rate_limited: 'There were too many requests. Try again later.',
  temporarily_unavailable: 'It cannot be known at the moment. Try again.',
};

export type OAuthErrorCode = keyof typeof STATUS;

export interface OAuthErrorOptions {
  /** For the log alone. Never a secret, never what was received, never shown to the caller. */
  readonly reason: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A refusal by an OAuth endpoint, with a public half (code, status, description) and a private one (reason). */
export class OAuthError extends Error {
  readonly status: number;
  readonly reason: string;
  /** One for each code: ASCII, and nothing of what was received. */
  readonly description: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    readonly code: OAuthErrorCode,
    { reason, headers = {} }: OAuthErrorOptions,
  ) {
    super(`${code}: ${reason}`);
    this.name = 'OAuthError';
    this.status = STATUS[code];
    this.reason = reason;
    this.description = DESCRIPTIONS[code];
    this.headers = headers;
  }
}
