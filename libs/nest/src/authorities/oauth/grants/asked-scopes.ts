import { SCOPE } from '@portcullis/wire';
import type { ClientApp } from '../../apps/index.js';
import { OAuthError } from '../protocol/oauth-error.js';
import type { Parameters } from '../protocol/parameters.js';

/** RFC 6749 §3.3; undefined where no scope is asked for. Throws `invalid_scope` for what is none. */
export function readScope(parameters: Parameters): readonly string[] | undefined {
  const scope = parameters.get('scope');
  if (scope === undefined) return undefined;
  if (!SCOPE.test(scope)) throw new OAuthError('invalid_scope', { reason: 'scope_malformed' });
  return scope.split(' ');
}

/** The same where every scope must be one of the app. Throws `invalid_scope`. */
export function readScopeOf(client: ClientApp, parameters: Parameters): readonly string[] | undefined {
  const asked = readScope(parameters);
  if (asked?.some((scope) => !client.scopes.includes(scope)))
    throw new OAuthError('invalid_scope', { reason: 'scope_denied' });
  return asked;
}

/**
 * What is left of an offer for whoever asks. Throws `invalid_scope` where all that is asked for means nothing there: no token is
 * better than one that is good for nothing.
 */
export function narrowTo(
  offered: readonly string[],
  asked: readonly string[] | undefined,
): readonly string[] {
  if (!asked) return offered;
  const scopes = offered.filter((scope) => asked.includes(scope));
  if (scopes.length === 0) throw new OAuthError('invalid_scope', { reason: 'scope_not_of_resource' });
  return scopes;
}
