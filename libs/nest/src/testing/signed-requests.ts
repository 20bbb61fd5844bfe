import { createHmac, randomUUID } from 'node:crypto';
import {
  componentsToCover,
  formatHawkAuthorization,
  formatSignature,
  formatSignatureInput,
  hawkNormalizedString,
  parseOrigin,
  signatureBase,
  type HawkAttributes,
  type Origin,
  type SignatureParameters,
} from '@portcullis/wire';
import { SystemClock, type Clock } from '../pipeline/index.js';
import { integrityToken } from './integrity-token.js';
import { digestHeaderOf, hawkHashOf, payloadOf } from './request-payload.js';
import type { RequestParts, TestRequest } from './test-request.js';

export interface SignedRequestsOptions {
  /** One of the application's `publicOrigins`. */
  readonly origin: string;
  readonly appId: string;
  /** As text; what it signs are its UTF-8 bytes. */
  readonly signingSecret?: string;
  /** In base64. With it every request carries a fresh integrity token, bound to its user's credential. */
  readonly integritySecret?: string;
  /** An access token or session key that every request carries. */
  readonly user?: string;
  /** Lower-case names of headers that carry integrity tokens and must be covered. `x-integrity-token`. */
  readonly integrityHeaders?: readonly string[];
  /** The application's. The system's time unless told. */
  readonly clock?: Clock;
}

type Overridden<T> = { readonly [K in keyof T]?: T[K] | undefined };

/** Each is right unless told; `undefined` leaves a parameter out. */
export interface MessageSignatureRequest extends RequestParts {
  readonly secret?: string;
  readonly parameters?: Overridden<SignatureParameters>;
  /** What is covered, instead of all that has to be. */
  readonly components?: readonly string[];
}

/** Each is right unless told; `undefined` leaves an attribute out. */
export interface HawkRequest extends RequestParts {
  readonly secret?: string;
  readonly attributes?: Overridden<HawkAttributes>;
}

/** Makes requests as an app would: they pass unless a test says what is to be wrong with them. */
export class SignedRequests {
  private readonly clock: Clock;
  private readonly origin: Origin;

  /** Throws a `TypeError` when `origin` is none. */
  constructor(private readonly options: SignedRequestsOptions) {
    const origin = parseOrigin(options.origin);
    if (!origin) throw new TypeError('origin: expected an origin such as https://api.example.com');
    this.origin = origin;
    this.clock = options.clock ?? new SystemClock();
  }

  /** Names the app by its key, and is not signed. */
  unsigned(parts: RequestParts): TestRequest {
    return this.assemble({ ...parts, headers: { 'x-api-key': this.options.appId, ...parts.headers } });
  }

  /** Signed by RFC 9421 with `hmac-sha256`. Throws a `TypeError` when a component is to be covered that is not there. */
  rfc9421({ secret, parameters, components, ...parts }: MessageSignatureRequest): TestRequest {
    const request = this.assemble(parts);
    const headers = { ...digestHeaderOf(request), ...request.headers };
    if (leavesOut(parts, 'content-digest')) delete headers['content-digest'];
    const covered = components ?? this.toCover(headers);
    const created = Math.floor(this.clock.now() / 1000);
    const raw = formatSignatureInput(
      covered,
      defined({ created, nonce: randomUUID(), keyid: this.options.appId, ...parameters }),
    );
    const { method, url } = request;
    const message = { method, targetUri: url, headers: Object.entries(headers).flat() };
    const base = signatureBase({ components: covered, raw }, message);
    if (base === undefined) throw new TypeError('components: one is not part of the request');
    const signature = this.mac(secret, base);
    return {
      ...request,
      headers: {
        ...headers,
        'signature-input': `sig1=${raw}`,
        signature: formatSignature('sig1', signature),
      },
    };
  }

  /** Signed by Hawk, in `X-App-Authorization` where `Authorization` is the user's. */
  hawk({ secret, attributes, ...parts }: HawkRequest): TestRequest {
    const request = this.assemble(parts);
    const standing = { id: this.options.appId, ts: Math.floor(this.clock.now() / 1000), nonce: randomUUID() };
    const signed = defined({ ...standing, hash: hawkHashOf(request), ...attributes });
    const { hostname: host, port } = this.origin;
    const { method, path: resource } = request;
    const text = hawkNormalizedString('header', { ...signed, method, resource, host, port });
    const mac = this.mac(secret, text).toString('base64');
    const header = 'authorization' in request.headers ? 'x-app-authorization' : 'authorization';
    const value = formatHawkAuthorization({ mac, ...signed });
    return { ...request, headers: { ...request.headers, [header]: value } };
  }

  private assemble({ path, body, headers: given, ...parts }: RequestParts): TestRequest {
    const { user, integritySecret, appId } = this.options;
    const payload = payloadOf(body);
    const authorization = user === undefined ? undefined : `Bearer ${user}`;
    const integrity =
      integritySecret && integrityToken({ appId, key: integritySecret, authorization, clock: this.clock });
    const headers = defined({
      host: this.origin.host,
      authorization,
      'x-integrity-token': integrity,
      'content-type': payload?.type,
      ...Object.fromEntries(Object.entries(given ?? {}).map(([name, value]) => [name.toLowerCase(), value])),
    });
    const { method = payload ? 'POST' : 'GET' } = parts;
    const request = { method, url: `${this.origin.text}${path}`, path, headers };
    return payload ? { ...request, body: payload.body } : request;
  }

  private toCover(headers: Readonly<Record<string, string>>): string[] {
    return componentsToCover({
      has: (name) => name in headers,
      hasBody: 'content-digest' in headers,
      integrityHeaders: this.options.integrityHeaders ?? ['x-integrity-token'],
    });
  }

  private mac(secret: string | undefined, text: string): Buffer {
    const key = secret ?? this.options.signingSecret;
    if (key === undefined) throw new TypeError('signingSecret: expected one, to sign with');
    return createHmac('sha256', key).update(text, 'latin1').digest();
  }
}

function leavesOut({ headers = {} }: RequestParts, name: string): boolean {
  return Object.entries(headers).some(
    ([given, value]) => given.toLowerCase() === name && value === undefined,
  );
}

/** Without the members that are to be left out. */
function defined<T extends object>(members: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as never;
}
