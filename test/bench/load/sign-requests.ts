import { createHash, createHmac, randomBytes, sign as signBytes } from 'node:crypto';
import {
  componentsToCover,
  formatContentDigest,
  formatHawkAuthorization,
  formatSignature,
  formatSignatureInput,
  HAWK_PAYLOAD_SUFFIX,
  hawkNormalizedString,
  hawkPayloadPrefix,
  signatureBase,
} from '@portcullis/wire';
import { acceptTransfer, CUSTOMER, listAccounts, TRANSFER } from '../bank.js';
import { AUDIENCE, Issuers, ORIGIN, ORIGIN_TEXT, SCOPES, TOKEN_ISSUER, type AppSecrets } from '../issuers.js';

export interface SigningOrder {
  readonly seed: string;
  readonly count: number;
  /** Phones are spread over this many apps. */
  readonly appCount: number;
  readonly scheme: 'hawk' | 'rfc9421';
  readonly userTokens: 'HS256' | 'ES256';
}

/** Bytes to send, and the answer without which the run does not count. */
export interface SignedRequest {
  readonly bytes: Buffer;
  readonly status: number;
  readonly body: Buffer;
}

/** A phone asks for new tokens every five minutes; so often it uses each. */
export const CALLS_PER_TOKEN = 20;
const TOKEN_LIFE_SECONDS = 300;

interface Phone {
  readonly app: AppSecrets;
  readonly integrityToken: string;
  readonly accessToken: string;
}

interface Call {
  readonly method: 'GET' | 'POST';
  readonly target: string;
  readonly payload: string | undefined;
}

const TRANSFER_CALL: Call = { method: 'POST', target: '/transfers', payload: JSON.stringify(TRANSFER) };
const ACCOUNTS_CALL: Call = { method: 'GET', target: '/accounts', payload: undefined };
const JSON_TYPE = 'application/json';

const json = (value: unknown) => Buffer.from(JSON.stringify(value));
const nonce = () => randomBytes(12).toString('base64url');
const nowSeconds = () => Math.floor(Date.now() / 1000);

function compactJws(header: object, claims: object, signed: (input: string) => Buffer): string {
  const input = `${json(header).toString('base64url')}.${json(claims).toString('base64url')}`;
  return `${input}.${signed(input).toString('base64url')}`;
}

function takeTokens(issuers: Issuers, app: AppSecrets, { userTokens }: SigningOrder): Phone {
  const iat = nowSeconds();
  const times = { iat, exp: iat + TOKEN_LIFE_SECONDS };
  const hs256 = (secret: Buffer) => (input: string) => createHmac('sha256', secret).update(input).digest();
  const { privateKey } = issuers.userKey();
  const es256 = (input: string) =>
    signBytes('sha256', Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' });
  const claims = {
    iss: TOKEN_ISSUER,
    sub: CUSTOMER,
    aud: AUDIENCE,
    client_id: app.id,
    scope: SCOPES.join(' '),
    ...times,
    jti: nonce(),
    sid: nonce(),
  };
  const isHs = userTokens === 'HS256';
  return {
    app,
    integrityToken: compactJws(
      { alg: 'HS256', typ: 'integrity+jwt' },
      { sub: app.id, ...times, jti: nonce(), did: nonce() },
      hs256(app.integrity),
    ),
    accessToken: compactJws(
      { alg: userTokens, typ: 'at+jwt', kid: isHs ? 'hs' : 'es' },
      claims,
      isHs ? hs256(issuers.userSecret()) : es256,
    ),
  };
}

function signWithHawk({ method, target, payload }: Call, app: AppSecrets): Record<string, string> {
  const hash =
    payload === undefined
      ? undefined
      : createHash('sha256')
          .update(hawkPayloadPrefix(JSON_TYPE) + payload + HAWK_PAYLOAD_SUFFIX)
          .digest('base64');
  const signed = { ts: nowSeconds(), nonce: nonce(), ...(hash !== undefined && { hash }) };
  const text = hawkNormalizedString('header', {
    ...signed,
    method,
    resource: target,
    host: ORIGIN.host,
    port: ORIGIN.port,
  });
  const mac = createHmac('sha256', app.signing).update(text).digest('base64');
  return { 'x-app-authorization': formatHawkAuthorization({ id: app.id, ...signed, mac }) };
}

function signMessage(
  { method, target, payload }: Call,
  app: AppSecrets,
  headers: Readonly<Record<string, string>>,
): Record<string, string> {
  const digest: Record<string, string> =
    payload === undefined
      ? {}
      : { 'content-digest': formatContentDigest('sha-256', createHash('sha256').update(payload).digest()) };
  const sent: Record<string, string> = { ...headers, ...digest };
  const components = componentsToCover({
    has: (name) => name in sent,
    hasBody: payload !== undefined,
    integrityHeaders: ['x-integrity-token'],
  });
  const raw = formatSignatureInput(components, { created: nowSeconds(), nonce: nonce(), keyid: app.id });
  const message = { method, targetUri: `${ORIGIN_TEXT}${target}`, headers: Object.entries(sent).flat() };
  const base = signatureBase({ components, raw }, message) ?? '';
  const mac = createHmac('sha256', app.signing).update(base, 'latin1').digest();
  return { ...digest, 'signature-input': `sig1=${raw}`, signature: formatSignature('sig1', mac) };
}

function requestBytes({ method, target, payload }: Call, headers: Readonly<Record<string, string>>): Buffer {
  const lines = Object.entries({
    host: ORIGIN.host,
    accept: JSON_TYPE,
    'user-agent': 'bank/7.1',
    ...headers,
  });
  if (payload !== undefined) lines.push(['content-length', String(Buffer.byteLength(payload))]);
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return Buffer.from(`${method} ${target} HTTP/1.1\r\n${head}\r\n${payload ?? ''}`);
}

function makeCall(call: Call, { app, integrityToken, accessToken }: Phone, scheme: SigningOrder['scheme']) {
  const headers = {
    authorization: `Bearer ${accessToken}`,
    'x-integrity-token': integrityToken,
    ...(call.payload !== undefined && { 'content-type': JSON_TYPE }),
  };
  const signature = scheme === 'hawk' ? signWithHawk(call, app) : signMessage(call, app, headers);
  return requestBytes(call, { ...headers, ...signature });
}

/** Half transfers, half looks at the accounts, from phones that take turns; every nonce is new. */
export function signRequests(order: SigningOrder): SignedRequest[] {
  const issuers = new Issuers(order.seed);
  const phoneCount = Math.ceil(order.count / CALLS_PER_TOKEN);
  // Phones of many apps are spread over all of them.
  const stride = Math.max(1, Math.floor(order.appCount / phoneCount));
  const phones = Array.from({ length: phoneCount }, (_, phone) =>
    takeTokens(issuers, issuers.app((phone * stride) % order.appCount), order),
  );
  const accepted = json(acceptTransfer(CUSTOMER, TRANSFER));
  const listed = json(listAccounts(CUSTOMER));
  return Array.from({ length: order.count }, (_, index) => {
    const phone = phones[index % phoneCount] as Phone;
    // By rounds of all phones, or an even number of them would make each do one thing only.
    const isTransfer = (index + Math.floor(index / phoneCount)) % 2 === 0;
    return isTransfer
      ? { bytes: makeCall(TRANSFER_CALL, phone, order.scheme), status: 201, body: accepted }
      : { bytes: makeCall(ACCOUNTS_CALL, phone, order.scheme), status: 200, body: listed };
  });
}
