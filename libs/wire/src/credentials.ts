import { parseHawkAuthorization, type HawkAttributes } from './hawk.js';
import { parseSignature, parseSignatureInput, type SignatureInput } from './message-signatures.js';
import { decodeBase64 } from './base64.js';
import { headerValues, MalformedCredentials, trimFieldValue, type RawHeaders } from './raw-headers.js';
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
  readonly authorization?: string;
  readonly appId?: string;
  readonly signature?: RequestSignature;
  readonly bearer?: string;
  readonly basic?: { readonly username: string; readonly password: string };
  readonly integrity?: { readonly header: string; readonly token: string };
}

const LONGEST = 8192;
const APP_ID = /^[\x21-\x7e]{1,128}$/;
const BEARER = /^[A-Za-z0-9._~+/-]+=*$/;
const IN_QUERY = /^(?:access_token|api_?key|x-api-key|session_key|integrity_token|bewit|authorization)$/i;

/** The one value of a header; its second appearance, its absence of content and control characters are refused. */
function single(headers: RawHeaders, name: string): string | undefined {
  const [value, ...more] = headerValues(headers, name);
  if (value === undefined) return undefined;
  if (more.length > 0) throw new MalformedCredentials('dup_credential_header');
  const trimmed = trimFieldValue(value);
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  if (trimmed === '' || value.length > LONGEST || /[\x00-\x08\x0a-\x1f\x7f]/.test(value))
    throw new MalformedCredentials('credential_value');
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

function once<T>(reason: string, ...found: readonly (T | undefined)[]): T | undefined {
  const present = found.filter((value) => value !== undefined);
  if (present.length > 1) throw new MalformedCredentials(reason);
  return present[0];
}

function readMessageSignature(headers: RawHeaders, key: string | undefined): RequestSignature | undefined {
  const inputField = single(headers, 'signature-input');
  const signatureField = single(headers, 'signature');
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

function schemeOf(value: string): [scheme: string, rest: string] {
  const space = value.indexOf(' ');
  if (space < 0) throw new MalformedCredentials('authorization_scheme');
  return [value.slice(0, space).toLowerCase(), trimFieldValue(value.slice(space + 1))];
}

interface Authorizations {
  key?: string;
  hawk?: string;
  bearer?: string;
  basic?: string;
}

/** Reads one Authorization-like header, of whose schemes only some may travel in it. */
function readAuthorization(
  value: string | undefined,
  allowed: readonly (keyof Authorizations)[],
): Authorizations {
  if (value === undefined) return {};
  const [scheme, rest] = schemeOf(value);
  if (!(allowed as readonly string[]).includes(scheme) || rest === '')
    throw new MalformedCredentials('authorization_scheme');
  return { [scheme]: scheme === 'hawk' ? value : rest };
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
  // RFC 9112 §3.2. Node takes the first, a proxy perhaps the last; what a signature's host is compared with must be one.
  if (headerValues(headers, 'host').length > 1) throw new MalformedCredentials('dup_host_header');
  const authorization = single(headers, 'authorization');
  const main = readAuthorization(authorization, ['key', 'hawk', 'bearer', 'basic']);
  const app = readAuthorization(single(headers, 'x-app-authorization'), ['hawk']);
  const user = readAuthorization(single(headers, 'x-user-authorization'), ['basic']);
  const key = once('two_app_keys', main.key, single(headers, 'x-api-key'));
  if (key !== undefined) readAppId(key);
  const hawk = once('two_signatures', main.hawk, app.hawk);
  const attributes = hawk === undefined ? undefined : parseHawkAuthorization(hawk);
  const signature = once<RequestSignature>(
    'two_signatures',
    attributes && { scheme: 'hawk', attributes },
    readMessageSignature(headers, key),
  );
  const signer =
    signature &&
    readAppId(
      signature.scheme === 'hawk' ? signature.attributes.id : (signature.input.parameters.keyid ?? ''),
    );
  if (key !== undefined && signer !== undefined && key !== signer)
    throw new MalformedCredentials('app_ids_disagree');
  const bearer = main.bearer;
  if (bearer !== undefined && !BEARER.test(bearer)) throw new MalformedCredentials('bearer');
  const basic = once('two_basics', main.basic, user.basic);
  if (basic !== undefined && bearer !== undefined) throw new MalformedCredentials('two_users');
  const tokens = integrityHeaders
    .map((header) => ({ header, token: single(headers, header) }))
    .filter(({ token }) => token !== undefined);
  const integrity = once('two_integrity_tokens', ...tokens) as Credentials['integrity'];
  const appId = signer ?? key;
  return {
    ...(authorization !== undefined && { authorization }),
    ...(appId !== undefined && { appId }),
    ...(signature && { signature }),
    ...(bearer !== undefined && { bearer }),
    ...(basic !== undefined && { basic: readBasic(basic) }),
    ...(integrity && { integrity }),
  };
}
