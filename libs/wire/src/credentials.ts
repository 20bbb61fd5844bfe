import { parseHawkAuthorization, type HawkAttributes } from './hawk.js';
import { parseSignature, parseSignatureInput, type SignatureInput } from './message-signatures.js';
import { decodeBase64 } from './base64.js';
import { MalformedCredentials, trimFieldValue, type RawHeaders } from './raw-headers.js';
import { decodeUtf8 } from './utf8.js';

export interface CredentialHeaders {
  /** Lower-case names of the headers that carry an app integrity token. */
  readonly integrityHeaders: readonly string[];
}

export type RequestSignature =
  | {
      readonly scheme: 'rfc9421';
      readonly label: string;
      readonly input: SignatureInput;
      readonly signature: Uint8Array;
    }
  | { readonly scheme: 'hawk'; readonly attributes: HawkAttributes };

/** Every credential of a request, each at most once. */
export interface Credentials {
  /** The whole `Authorization` value. */
  readonly authorization?: string | undefined;
  readonly appId?: string | undefined;
  readonly signature?: RequestSignature | undefined;
  readonly bearer?: string | undefined;
  /** An access token under the `DPoP` scheme (RFC 9449 §7.1); its proof is in a header of its own. */
  readonly dpopToken?: string | undefined;
  readonly basic?: { readonly username: string; readonly password: string } | undefined;
  readonly integrity?: { readonly header: string; readonly token: string } | undefined;
}

const LONGEST = 8192;
const APP_ID = /^[\x21-\x7e]{1,128}$/;
const BEARER = /^[A-Za-z0-9._~+/-]+=*$/;
// eslint-disable-next-line no-control-regex -- control characters are what is looked for
const CONTROL = /[\x00-\x08\x0a-\x1f\x7f]/;
const IN_QUERY = /^(?:access_token|api_?key|x-api-key|session_key|integrity_token|bewit|authorization)$/i;
/** Headers that carry a credential, and Host: what a signature's host is compared with must be one (RFC 9112 §3.2). */
const CARRIERS = new Set([
  'host',
  'authorization',
  'dpop',
  'x-app-authorization',
  'x-user-authorization',
  'x-api-key',
  'signature',
  'signature-input',
]);

const IN_AUTHORIZATION = ['key', 'hawk', 'bearer', 'dpop', 'basic'] as const;
const IN_APP_AUTHORIZATION = ['hawk'] as const;
const IN_USER_AUTHORIZATION = ['basic'] as const;

type Found = ReadonlyMap<string, string>;

/** The values of all carriers. A second appearance is refused: Node takes the first, a proxy perhaps the last. */
function find(headers: RawHeaders, integrityHeaders: readonly string[]): Found {
  const found = new Map<string, string>();
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = (headers[i] as string).toLowerCase();
    if (!CARRIERS.has(name) && !integrityHeaders.includes(name)) continue;
    if (found.has(name))
      throw new MalformedCredentials(name === 'host' ? 'dup_host_header' : 'dup_credential_header');
    found.set(name, headers[i + 1] as string);
  }
  return found;
}

/** The value of a carrier; absence of content and boundless length are refused. What may stand in it is its grammar's to say. */
function single(found: Found, name: string): string | undefined {
  const value = found.get(name);
  if (value === undefined) return undefined;
  const trimmed = trimFieldValue(value);
  if (trimmed === '' || value.length > LONGEST) throw new MalformedCredentials('credential_value');
  return trimmed;
}

function refuseCredentialsInQuery(target: string): void {
  const start = target.indexOf('?');
  if (start < 0) return;
  for (const pair of target.slice(start + 1).split('&')) {
    const name = pair.split('=', 1)[0] as string;
    let decoded = name;
    try {
      decoded = decodeURIComponent(name);
    } catch {
      // Not a name that any parser would read as a credential.
    }
    if (IN_QUERY.test(decoded)) throw new MalformedCredentials('credential_in_query');
  }
}

function readBasic(encoded: string): { username: string; password: string } {
  const bytes = decodeBase64(encoded);
  const text = bytes && decodeUtf8(bytes);
  const colon = text?.indexOf(':') ?? -1;
  // eslint-disable-next-line no-control-regex -- RFC 7617 §2 forbids them
  if (!text || colon < 1 || /[\x00-\x1f\x7f]/.test(text)) throw new MalformedCredentials('basic');
  return { username: text.slice(0, colon), password: text.slice(colon + 1) };
}

function readAppId(id: string): string {
  if (!APP_ID.test(id)) throw new MalformedCredentials('app_id');
  return id;
}

function oneOf<T>(reason: string, one: T | undefined, other: T | undefined): T | undefined {
  if (one !== undefined && other !== undefined) throw new MalformedCredentials(reason);
  return one ?? other;
}

function readMessageSignature(found: Found, key: string | undefined): RequestSignature | undefined {
  const inputField = single(found, 'signature-input');
  const signatureField = single(found, 'signature');
  if (inputField === undefined && signatureField === undefined) return undefined;
  if (inputField === undefined || signatureField === undefined)
    throw new MalformedCredentials('signature_half');
  const signatures = parseSignature(signatureField);
  const candidates = [...parseSignatureInput(inputField)].filter(
    ([, input]) => key === undefined || input.parameters.keyid === key,
  );
  const [candidate, ...others] = candidates;
  if (!candidate) throw new MalformedCredentials('app_ids_disagree');
  if (others.length > 0) throw new MalformedCredentials('several_signatures');
  const signature = signatures.get(candidate[0]);
  if (!signature) throw new MalformedCredentials('signature_label');
  return { scheme: 'rfc9421', label: candidate[0], input: candidate[1], signature };
}

interface Authorizations {
  key?: string;
  hawk?: string;
  bearer?: string;
  dpop?: string;
  basic?: string;
}

/** Reads one Authorization-like header, of whose schemes only some may travel in it. */
function readAuthorization(
  value: string | undefined,
  allowed: readonly (keyof Authorizations)[],
): Authorizations {
  if (value === undefined) return {};
  const space = value.indexOf(' ');
  const scheme = value.slice(0, Math.max(space, 0)).toLowerCase() as keyof Authorizations;
  const rest = trimFieldValue(value.slice(space + 1));
  if (!allowed.includes(scheme) || rest === '') throw new MalformedCredentials('authorization_scheme');
  switch (scheme) {
    case 'hawk':
      return { hawk: value };
    case 'bearer':
      return { bearer: rest };
    case 'dpop':
      return { dpop: rest };
    case 'key':
      return { key: rest };
    case 'basic':
      return { basic: rest };
  }
}

function readSignature(
  found: Found,
  { key, hawk }: { readonly key: string | undefined; readonly hawk: string | undefined },
): RequestSignature | undefined {
  const ofHawk: RequestSignature | undefined =
    hawk === undefined ? undefined : { scheme: 'hawk', attributes: parseHawkAuthorization(hawk) };
  return oneOf('two_signatures', ofHawk, readMessageSignature(found, key));
}

function signerOf(signature: RequestSignature): string {
  const { scheme } = signature;
  return readAppId(scheme === 'hawk' ? signature.attributes.id : (signature.input.parameters.keyid ?? ''));
}

function readIntegrity(found: Found, headers: readonly string[]): Credentials['integrity'] {
  let integrity: Credentials['integrity'];
  for (const header of headers) {
    const token = single(found, header);
    if (token === undefined) continue;
    if (CONTROL.test(token)) throw new MalformedCredentials('credential_value');
    integrity = oneOf('two_integrity_tokens', integrity, { header, token });
  }
  return integrity;
}

/**
 * Reads every credential of a request, in the one place where each may stand. Throws MalformedCredentials for two of
 * one kind, a duplicate header (RFC 9110 §5.3, Host among them), a credential in the query (RFC 6750 §2.3), or one that cannot be read.
 */
export function readCredentials(
  headers: RawHeaders,
  target: string,
  { integrityHeaders }: CredentialHeaders,
): Credentials {
  refuseCredentialsInQuery(target);
  const found = find(headers, integrityHeaders);
  const authorization = single(found, 'authorization');
  const main = readAuthorization(authorization, IN_AUTHORIZATION);
  const app = readAuthorization(single(found, 'x-app-authorization'), IN_APP_AUTHORIZATION);
  const user = readAuthorization(single(found, 'x-user-authorization'), IN_USER_AUTHORIZATION);
  const key = oneOf('two_app_keys', main.key, single(found, 'x-api-key'));
  if (key !== undefined) readAppId(key);
  const signature = readSignature(found, { key, hawk: oneOf('two_signatures', main.hawk, app.hawk) });
  const signer = signature && signerOf(signature);
  if (key !== undefined && signer !== undefined && key !== signer)
    throw new MalformedCredentials('app_ids_disagree');
  const { bearer, dpop: dpopToken } = main;
  const token = bearer ?? dpopToken;
  if (token !== undefined && !BEARER.test(token)) throw new MalformedCredentials('bearer');
  const basic = oneOf('two_basics', main.basic, user.basic);
  if (basic !== undefined && token !== undefined) throw new MalformedCredentials('two_users');
  return {
    authorization,
    appId: signer ?? key,
    signature,
    bearer,
    dpopToken,
    basic: basic === undefined ? undefined : readBasic(basic),
    integrity: readIntegrity(found, integrityHeaders),
  };
}
