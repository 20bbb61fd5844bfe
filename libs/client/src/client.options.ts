import { parseOrigin, type Origin } from '@portcullis/wire';
import type { AuthorizationOptions } from './authorization.options.js';
import type { AuthorizationServerMetadata } from './authorization-server-metadata.js';
import type { CallOptions } from './call-options.js';
import type { Clock } from './clock.js';
import type { CryptoEngine } from './crypto-engine.js';
import type { DpopKeySource } from './dpop-key.js';
import type { IntegrityTokenSource } from './integrity-token-source.js';
import { MemorySessionStore } from './memory-session-store.js';
import { resolveAuthorization } from './resolve-authorization.js';
import type { SessionStore } from './session-store.js';
import type { SigningSecret } from './signing-secret.js';
import { SystemClock } from './system-clock.js';
import { WebCryptoEngine } from './web-crypto-engine.js';

export interface SigningOptions {
  /** `rfc9421` covers headers as well; with `hawk` the answers are authentic too. */
  readonly scheme: 'rfc9421' | 'hawk';
  /** Text, or a function that reads it from where the platform keeps secrets. */
  readonly secret: SigningSecret;
}

export interface ClientOptions {
  /** Where the API is reached, such as `https://api.example.com`. Credentials go nowhere else. */
  readonly origin: string;
  /** Who calls. */
  readonly app: {
    /** As it is registered; 1 to 128 printable ASCII characters, without quotes and backslashes. */
    readonly id: string;
    /** Absent: the app is named, and proves nothing. */
    readonly signing?: SigningOptions;
    /** Of a confidential app, which presents it to the authorization server; never ship one inside an app. */
    readonly clientSecret?: SigningSecret;
  };
  /** Who vouches for the app. Absent: calls carry no integrity token. */
  readonly integrity?: {
    /** Asks your attestation service for a token. */
    readonly source: IntegrityTokenSource;
    /** `X-Integrity-Token` unless told; `Approov-Token`, `X-Firebase-AppCheck`. */
    readonly header?: string;
  };
  /** Where users sign in in the system's browser, see `client.authorization`; with all its defaults unless told. */
  readonly authorization?: AuthorizationOptions;
  /**
   * The key that the tokens of `client.authorization` are bound to (RFC 9449), or what opens it: a token that is stolen is
   * of no use without it. Absent: bearer tokens. It has to live as long as the session, for without it the session is over.
   */
  readonly dpop?: DpopKeySource;
  /** What calls carry that say nothing else. */
  readonly defaults?: CallOptions;
  /** Where the session lives; in memory unless told. */
  readonly sessions?: SessionStore;
  /** What the user's list of sessions calls this installation, such as `Ada’s phone`; 1 to 100 printable characters. */
  readonly device?: string;
  /**
   * How long a refresh is tried again that nobody answers, in seconds: 20 unless told. Stay below the server's grace (30 s
   * by default), in which it gives a lost successor once more.
   */
  readonly refreshTimeLimitSeconds?: number;
  /** Called when the server has ended the session, and the store is empty. Not for `signOut`. */
  readonly onSignedOut?: () => void;
  /** Hashes, MACs and random bytes; WebCrypto unless told. */
  readonly crypto?: CryptoEngine;
  /** The time; the device's unless told. */
  readonly clock?: Clock;
  /** What sends; the platform's unless told. */
  readonly fetch?: typeof globalThis.fetch;
}

export interface ResolvedClientOptions {
  readonly origin: Origin;
  readonly appId: string;
  readonly signing: SigningOptions | undefined;
  readonly integritySource: IntegrityTokenSource | undefined;
  /** Lower case. */
  readonly integrityHeader: string;
  readonly issuer: string;
  readonly metadata: AuthorizationServerMetadata | undefined;
  readonly pending: SessionStore;
  readonly dpop: DpopKeySource | undefined;
  readonly defaults: CallOptions;
  readonly clientSecret: SigningSecret | undefined;
  readonly sessions: SessionStore;
  readonly device: string | undefined;
  readonly refreshTimeLimitMs: number;
  readonly onSignedOut: (() => void) | undefined;
  readonly engine: CryptoEngine;
  readonly clock: Clock;
  readonly fetch: typeof globalThis.fetch;
}

// Without the quote and the backslash, which no Hawk attribute has.
const APP_ID = /^[\x21\x23-\x5b\x5d-\x7e]{1,128}$/;
const HEADER = /^[A-Za-z0-9-]{1,64}$/;
/** As the server has it, and of at most so many UTF-16 code units. */
const DEVICE = /^(?:\P{C}|[\u200c\u200d])+$/u;
const LONGEST_DEVICE = 100;
const REFRESH_TIME_LIMIT_SECONDS = 20;

/** Fills the defaults in. Throws a TypeError that names the option, and repeats no value. */
export function resolveClientOptions(options: ClientOptions): ResolvedClientOptions {
  const { app, integrity } = options;
  const origin = parseOrigin(options.origin);
  if (!origin) throw new TypeError('origin: expected a scheme and a host, as in https://api.example.com');
  if (!APP_ID.test(app.id)) throw new TypeError('app.id: expected 1 to 128 printable characters');
  const scheme = app.signing?.scheme;
  if (scheme !== undefined && scheme !== 'rfc9421' && scheme !== 'hawk')
    throw new TypeError('app.signing.scheme: expected rfc9421 or hawk');
  const header = integrity?.header ?? 'x-integrity-token';
  if (!HEADER.test(header)) throw new TypeError('integrity.header: expected the name of a header');
  if (
    options.device !== undefined &&
    !(DEVICE.test(options.device) && options.device.length <= LONGEST_DEVICE)
  )
    throw new TypeError('device: expected 1 to 100 printable characters');
  const limitSeconds = options.refreshTimeLimitSeconds ?? REFRESH_TIME_LIMIT_SECONDS;
  if (!(limitSeconds >= 1 && limitSeconds <= 300))
    throw new TypeError('refreshTimeLimitSeconds: expected 1 to 300');
  return Object.freeze({
    origin,
    appId: app.id,
    signing: app.signing,
    clientSecret: app.clientSecret,
    integritySource: integrity?.source,
    integrityHeader: header.toLowerCase(),
    ...resolveAuthorization(options.authorization ?? {}, origin),
    dpop: options.dpop,
    defaults: options.defaults ?? {},
    sessions: options.sessions ?? new MemorySessionStore(),
    device: options.device,
    refreshTimeLimitMs: limitSeconds * 1000,
    onSignedOut: options.onSignedOut,
    engine: options.crypto ?? new WebCryptoEngine(),
    clock: options.clock ?? new SystemClock(),
    // Looked up at each call, and called on its global: tests and instrumentation replace it.
    fetch: options.fetch ?? ((url, init) => globalThis.fetch(url, init)),
  });
}
