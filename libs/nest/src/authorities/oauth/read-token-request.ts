import { OAuthError } from './oauth-error.js';

/** Parameters of a token request, each once and none empty. */
export type TokenRequest = ReadonlyMap<string, string>;

const FORM = /^application\/x-www-form-urlencoded *(?:;|$)/i;

/**
 * RFC 6749 §3.2: a form, in which a parameter without a value counts as omitted, and none may appear twice. Throws
 * `invalid_request`.
 */
export function readTokenRequest(contentType: string | undefined, body: unknown): TokenRequest {
  if (!FORM.test(contentType ?? '')) throw malformed('not_a_form');
  const request = new Map<string, string>();
  // An empty form is read as no body at all.
  for (const [name, value] of Object.entries(body ?? {})) {
    if (Array.isArray(value)) throw malformed('duplicate_parameter');
    if (typeof value !== 'string') throw malformed('not_a_form');
    if (value !== '') request.set(name, value);
  }
  return request;
}

/** Throws `invalid_request` where it is missing. */
export function demandParameter(request: TokenRequest, name: string): string {
  const value = request.get(name);
  if (value === undefined) throw malformed(`${name}_missing`);
  return value;
}

function malformed(reason: string): OAuthError {
  return new OAuthError('invalid_request', { reason });
}
