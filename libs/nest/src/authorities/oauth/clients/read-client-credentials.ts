import type { Credentials } from '@portcullis/wire';
import { OAuthError } from '../protocol/oauth-error.js';
import type { Parameters } from '../protocol/parameters.js';
import { JWT_BEARER } from './client-assertions.js';

/** How a client says who it is (RFC 6749 §2.3, RFC 7523 §2.2). */
export type ClientCredentials =
  | {
      readonly method: 'client_secret_basic' | 'client_secret_post';
      readonly clientId: string;
      readonly secret: string;
    }
  | { readonly method: 'private_key_jwt'; readonly clientId: string | undefined; readonly assertion: string }
  | { readonly method: 'none'; readonly clientId: string | undefined };

/** RFC 6749 §5.2: whoever tried HTTP authentication is told how it is done. */
export const BASIC_CHALLENGE = { 'WWW-Authenticate': 'Basic realm="oauth", charset="UTF-8"' };

const BASIC = /^basic /i;

/**
 * One way, and one client: two of either are refused (RFC 6749 §2.3). Throws `invalid_request`, or `invalid_client` where what
 * is there is none of a client.
 */
export function readClientCredentials(
  { authorization, appId, basic }: Credentials,
  parameters: Parameters,
): ClientCredentials {
  const isBasic = authorization !== undefined && basic !== undefined && BASIC.test(authorization);
  const found = isBasic ? readBasic(basic, parameters) : readPosted(authorization, parameters);
  // Of an app key or a signature, which are looked at no further here.
  if (appId !== undefined && found.clientId !== undefined && appId !== found.clientId)
    throw ambiguous('app_ids_disagree');
  return found;
}

function readBasic(
  { username, password }: NonNullable<Credentials['basic']>,
  parameters: Parameters,
): ClientCredentials {
  if (parameters.has('client_secret') || parameters.has('client_assertion'))
    throw ambiguous('two_client_authentications');
  const clientId = decode(username);
  const secret = decode(password);
  if (clientId === undefined || secret === undefined) throw notAuthenticated('client_basic', BASIC_CHALLENGE);
  if ((parameters.get('client_id') ?? clientId) !== clientId) throw ambiguous('client_ids_disagree');
  return { method: 'client_secret_basic', clientId, secret };
}

function readPosted(authorization: string | undefined, parameters: Parameters): ClientCredentials {
  const clientId = parameters.get('client_id');
  const secret = parameters.get('client_secret');
  const assertion = parameters.get('client_assertion');
  // A user's credentials authenticate no client. An app key in this place is only said again.
  if (authorization !== undefined && !/^(?:key|hawk) /i.test(authorization))
    throw notAuthenticated('client_authorization', BASIC_CHALLENGE);
  if (secret !== undefined && assertion !== undefined) throw ambiguous('two_client_authentications');
  if ((assertion !== undefined) !== parameters.has('client_assertion_type'))
    throw ambiguous('client_assertion_type');
  if (assertion !== undefined) {
    if (parameters.get('client_assertion_type') !== JWT_BEARER)
      throw notAuthenticated('client_assertion_type');
    return { method: 'private_key_jwt', clientId, assertion };
  }
  if (secret === undefined) return { method: 'none', clientId };
  if (clientId === undefined) throw notAuthenticated('client_missing');
  return { method: 'client_secret_post', clientId, secret };
}

/** RFC 6749 §2.3.1 and appendix B: both halves are form-encoded before they are joined. Undefined when they are not. */
function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}

function ambiguous(reason: string): OAuthError {
  return new OAuthError('invalid_request', { reason });
}

function notAuthenticated(reason: string, headers = {}): OAuthError {
  return new OAuthError('invalid_client', { reason, headers });
}
