import { AuthorizationError } from './authorization-error.js';
import { equalBytes } from './equal-bytes.js';
import { readForm } from './form.js';
import type { PendingAuthorization } from './pending-authorization.js';
import { utf8Bytes } from './text-bytes.js';

/** What the server told the browser to tell the app (RFC 6749 §4.1.2). */
export type CallbackParameters = ReadonlyMap<string, string>;

/**
 * The parameters of a callback that belongs to the request that waits: its redirect URI letter by letter, with nothing
 * added but a query, and its `state`. Throws an AuthorizationError `callback_foreign` for any other URL. What a fragment
 * says is not read: an answer in a fragment is another grant's.
 */
export function readCallback(callbackUrl: string, pending: PendingAuthorization): CallbackParameters {
  const [url] = callbackUrl.split('#', 1) as [string];
  // A registered query stays, and the answer is added to it (RFC 6749 §3.1.2).
  const start = `${pending.redirectUri}${pending.redirectUri.includes('?') ? '&' : '?'}`;
  const parameters = url.startsWith(start) ? readForm(url.slice(start.length)) : undefined;
  const state = parameters?.get('state');
  if (!parameters || state === undefined || !equalBytes(utf8Bytes(pending.state), utf8Bytes(state)))
    throw new AuthorizationError('callback_foreign');
  return parameters;
}
