import { encodeBase64Url, SCOPE } from '@portcullis/wire';
import type { AuthorizationServerMetadata } from './authorization-server-metadata.js';
import type { CryptoEngine } from './crypto-engine.js';
import { writeForm, type FormFields } from './form.js';
import type { PendingAuthorization } from './pending-authorization.js';
import { latin1Bytes } from './text-bytes.js';

/** What an app asks its user for. */
export interface AuthorizationRequest {
  /** Where the browser brings the answer: exactly as it is registered (with loopback, with the port that was opened). */
  readonly redirectUri: string;
  /** All that the user may do through this app unless told. */
  readonly scopes?: readonly string[];
  /** What the tokens are for (RFC 8707): an absolute URI. The server's default unless told. */
  readonly resource?: string;
  /** Whether the request goes to the server first (RFC 9126), out of the browser's sight; where the server demands it, always. */
  readonly pushed?: boolean;
  /** Further parameters, such as `{ ui_locales: 'de', login_hint: 'ada' }`; none of those that the client sets. */
  readonly parameters?: Readonly<Record<string, string>>;
}

/** 256 bits in 43 letters: as much as RFC 7636 §4.1 asks of a verifier. */
const SECRET_BYTES = 32;
const ABSOLUTE_URI = /^[A-Za-z][A-Za-z0-9+.-]*:[^\s#]+$/;

/** Throws a TypeError that names what is wrong. */
export function checkAuthorizationRequest({ redirectUri, scopes, resource }: AuthorizationRequest): void {
  if (!ABSOLUTE_URI.test(redirectUri))
    throw new TypeError('redirectUri: expected an absolute URI without fragment');
  if (scopes !== undefined && !(scopes.length > 0 && SCOPE.test(scopes.join(' '))))
    throw new TypeError('scopes: expected names without spaces and quotes');
  if (resource !== undefined && !ABSOLUTE_URI.test(resource))
    throw new TypeError('resource: expected an absolute URI without fragment');
}

export async function newSecret(engine: CryptoEngine): Promise<string> {
  return encodeBase64Url(await engine.randomBytes(SECRET_BYTES));
}

export interface RequestFieldsParts {
  readonly appId: string;
  readonly engine: CryptoEngine;
  readonly pending: PendingAuthorization;
  /** Of the key that the code, too, is bound to (RFC 9449 §10). */
  readonly thumbprint: string | undefined;
  readonly more: Readonly<Record<string, string>>;
}

/** The request of RFC 6749 §4.1.1, with its challenge (RFC 7636 §4.3). Throws a TypeError for a parameter that is there twice. */
export async function requestFields({
  appId,
  engine,
  pending,
  thumbprint,
  more,
}: RequestFieldsParts): Promise<FormFields> {
  const { redirectUri, state, verifier, scope, resource } = pending;
  const fields = {
    response_type: 'code',
    client_id: appId,
    redirect_uri: redirectUri,
    scope,
    state,
    code_challenge: encodeBase64Url(await engine.sha256(latin1Bytes(verifier))),
    code_challenge_method: 'S256',
    resource,
    dpop_jkt: thumbprint,
  };
  const reserved = [...Object.keys(fields), 'request_uri', 'request'];
  for (const name of Object.keys(more))
    if (reserved.includes(name)) throw new TypeError('parameters: expected none that the client sets');
  return { ...more, ...fields };
}

/** The endpoint may have a query of its own (RFC 6749 §3.1). */
export function authorizationUrl(
  { authorization_endpoint: endpoint }: AuthorizationServerMetadata,
  fields: FormFields,
): string {
  return `${endpoint}${endpoint.includes('?') ? '&' : '?'}${writeForm(fields)}`;
}
