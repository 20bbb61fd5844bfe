import { parseOrigin, type Origin } from '@portcullis/wire';
import type { CallOptions } from './call-options.js';
import type { Clock } from './clock.js';
import type { CryptoEngine } from './crypto-engine.js';
import type { IntegrityTokenSource } from './integrity-token-source.js';
import { MemorySessionStore } from './memory-session-store.js';
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
  };
  /** Who vouches for the app. Absent: calls carry no integrity token. */
  readonly integrity?: {
    /** Asks your attestation service for a token. */
    readonly source: IntegrityTokenSource;
    /** `X-Integrity-Token` unless told; `Approov-Token`, `X-Firebase-AppCheck`. */
    readonly header?: string;
  };
  /** What calls carry that say nothing else. */
  readonly defaults?: CallOptions;
  /** Where the session key lives; in memory unless told. */
  readonly sessions?: SessionStore;
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
  readonly defaults: CallOptions;
  readonly sessions: SessionStore;
  readonly engine: CryptoEngine;
  readonly clock: Clock;
  readonly fetch: typeof globalThis.fetch;
}

// Without the quote and the backslash, which no Hawk attribute has.
const APP_ID = /^[\x21\x23-\x5b\x5d-\x7e]{1,128}$/;
const HEADER = /^[A-Za-z0-9-]{1,64}$/;

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
  return Object.freeze({
    origin,
    appId: app.id,
    signing: app.signing,
    integritySource: integrity?.source,
    integrityHeader: header.toLowerCase(),
    defaults: options.defaults ?? {},
    sessions: options.sessions ?? new MemorySessionStore(),
    engine: options.crypto ?? new WebCryptoEngine(),
    clock: options.clock ?? new SystemClock(),
    // Looked up at each call, and called on its global: tests and instrumentation replace it.
    fetch: options.fetch ?? ((url, init) => globalThis.fetch(url, init)),
  });
}
