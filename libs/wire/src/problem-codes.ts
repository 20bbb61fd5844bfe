const problem = (status: number, title: string) => ({ status, title }) as const;

/**
 * The closed list of refusals: public code, HTTP status, title (RFC 9457 §3.1.3). One code per kind of failure, so that
 * nobody learns which half of a credential was wrong.
 */
export const PROBLEMS = {
  malformed_credentials: problem(400, 'The credentials are malformed.'),
  malformed_request: problem(400, 'The request is malformed.'),
  decryption_failed: problem(400, 'The payload could not be decrypted.'),
  app_key_missing: problem(401, 'An app key is required.'),
  app_key_invalid: problem(401, 'The app key is not valid.'),
  signature_missing: problem(401, 'A request signature is required.'),
  signature_invalid: problem(401, 'The request signature is not valid.'),
  signature_stale: problem(401, 'The request signature is too old or too new.'),
  signature_replayed: problem(401, 'The request was already received.'),
  integrity_token_missing: problem(401, 'An app integrity token is required.'),
  integrity_token_invalid: problem(401, 'The app integrity token is not valid.'),
  user_token_missing: problem(401, 'A user credential is required.'),
  user_token_invalid: problem(401, 'The user credential is not valid.'),
  invalid_dpop_proof: problem(401, 'The DPoP proof is not valid.'),
  use_dpop_nonce: problem(401, 'A DPoP nonce is required.'),
  client_certificate_invalid: problem(401, 'The client certificate is not valid.'),
  admin_key_invalid: problem(401, 'The administration key is not valid.'),
  insufficient_scope: problem(403, 'A scope is missing.'),
  app_user_mismatch: problem(403, 'The user credential belongs to another app.'),
  user_agent_refused: problem(403, 'This user agent is refused.'),
  not_found: problem(404, 'Not found.'),
  method_not_allowed: problem(405, 'Method not allowed.'),
  idempotency_conflict: problem(409, 'A request with this idempotency key is still running.'),
  body_too_large: problem(413, 'The body is too large.'),
  uri_too_long: problem(414, 'The request target is too long.'),
  unsupported_media_type: problem(415, 'This body cannot be read.'),
  idempotency_mismatch: problem(422, 'This idempotency key was used for another request.'),
  validation_failed: problem(422, 'The request is not valid.'),
  rate_limited: problem(429, 'Too many requests.'),
  headers_too_large: problem(431, 'The headers are too large.'),
  internal_error: problem(500, 'Internal error.'),
  upstream_failed: problem(502, 'The upstream server failed.'),
  temporarily_unavailable: problem(503, 'Temporarily unavailable.'),
  upstream_timeout: problem(504, 'The upstream server did not answer in time.'),
} as const;

export type ProblemCode = keyof typeof PROBLEMS;
