import { OAuthError } from './oauth-error.js';

/** Parameters of a request, each once and none empty. */
export type Parameters = ReadonlyMap<string, string>;

export const NO_PARAMETERS: Parameters = new Map();

const FORM = /^application\/x-www-form-urlencoded *(?:;|$)/i;

/**
 * RFC 6749 §3.2: a form, in which a parameter without a value counts as omitted, and none may appear twice. Throws
 * `invalid_request`.
 */
export function readForm(contentType: string | undefined, body: unknown): Parameters {
  if (!FORM.test(contentType ?? '')) throw malformed('not_a_form');
  const parameters = new Map<string, string>();
  // An empty form is read as no body at all.
  for (const [name, value] of Object.entries(body ?? {})) {
    if (Array.isArray(value)) throw malformed('duplicate_parameter');
    if (typeof value !== 'string') throw malformed('not_a_form');
    if (value !== '') parameters.set(name, value);
  }
  return parameters;
}

/** The same for the query of a request target as it was received (RFC 6749 §3.1). Throws `invalid_request`. */
export function readQuery(target: string): Parameters {
  const start = target.indexOf('?');
  const parameters = new Map<string, string>();
  const seen = new Set<string>();
  for (const [name, value] of new URLSearchParams(start < 0 ? '' : target.slice(start + 1))) {
    if (seen.has(name)) throw malformed('duplicate_parameter');
    seen.add(name);
    if (value !== '') parameters.set(name, value);
  }
  return parameters;
}

/** Throws `invalid_request` where it is missing. */
export function demandParameter(parameters: Parameters, name: string): string {
  const value = parameters.get(name);
  if (value === undefined) throw malformed(`${name}_missing`);
  return value;
}

function malformed(reason: string): OAuthError {
  return new OAuthError('invalid_request', { reason });
}
