import type { Credentials } from '@portcullis/wire';
import { OAuthError } from './oauth-error.js';
import type { TokenRequest } from './read-token-request.js';

/** How a client says who it is: `client_secret_basic`, `client_secret_post` or `none` (RFC 8414 §2). */
export interface ClientCredentials {
  readonly method: 'basic' | 'post' | 'none';
  readonly clientId: string;
  readonly secret: string | undefined;
}

/** RFC 6749 §5.2: whoever tried HTTP authentication is told how it is done. */
export const BASIC_CHALLENGE = { 'WWW-Authenticate': 'Basic realm="oauth", charset="UTF-8"' };

const BASIC = /^basic /i;

/**
 * One way, and one client: two of either are refused (RFC 6749 §2.3). Throws `invalid_request`, or `invalid_client` where there
 * is nothing to go by.
 */
export function readClientCredentials(
  { authorization, appId, basic }: Credentials,
  request: TokenRequest,
): ClientCredentials {
  const found =
    authorization === undefined || basic === undefined || !BASIC.test(authorization)
      ? readPosted(authorization, request)
      : readBasic(basic, request);
  // Of an app key or a signature, which are looked at no further here.
  if (appId !== undefined && appId !== found.clientId) throw ambiguous('app_ids_disagree');
  return found;
}

function readBasic(
  { username, password }: NonNullable<Credentials['basic']>,
  request: TokenRequest,
): ClientCredentials {
  if (request.has('client_secret')) throw ambiguous('two_client_authentications');
  const clientId = decode(username);
  const secret = decode(password);
  if (clientId === undefined || secret === undefined) throw notAuthenticated('client_basic', BASIC_CHALLENGE);
  if ((request.get('client_id') ?? clientId) !== clientId) throw ambiguous('client_ids_disagree');
  return { method: 'basic', clientId, secret };
}

function readPosted(authorization: string | undefined, request: TokenRequest): ClientCredentials {
  const clientId = request.get('client_id');
  const secret = request.get('client_secret');
  // A user's credentials authenticate no client. An app key in this place is only said again.
  if (authorization !== undefined && !/^(?:key|hawk) /i.test(authorization))
    throw notAuthenticated('client_authorization', BASIC_CHALLENGE);
  if (clientId === undefined) throw notAuthenticated('client_missing');
  return { method: secret === undefined ? 'none' : 'post', clientId, secret };
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
