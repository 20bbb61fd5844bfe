import type { EcPublicJwk } from '@portcullis/wire';
import type { Bytes } from './crypto-engine.js';
import { DpopKey } from './dpop-key.js';
import { requireWebCrypto } from './require-web-crypto.js';

const ECDSA = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const ES256 = { name: 'ECDSA', hash: 'SHA-256' } as const;

/** `CryptoKey`, by whatever typings an app has loaded. */
type WebCryptoKey = Parameters<typeof globalThis.crypto.subtle.sign>[1];

/** What `crypto.subtle.generateKey` gives; IndexedDB keeps it as it is. */
export interface WebCryptoKeyPair {
  readonly privateKey: WebCryptoKey;
  readonly publicKey: WebCryptoKey;
}

/** A key of W3C Web Cryptography that no script can read, its own included. */
export class WebCryptoDpopKey extends DpopKey {
  private constructor(
    /** To be kept, in IndexedDB as it is, by an app whose session outlives the page. */
    readonly pair: WebCryptoKeyPair,
    override readonly publicJwk: EcPublicJwk,
  ) {
    super();
  }

  /** A new one. Throws a TypeError where there is no `crypto.subtle`. */
  static async generate(): Promise<WebCryptoDpopKey> {
    return WebCryptoDpopKey.of(await requireWebCrypto().subtle.generateKey(ECDSA, false, ['sign', 'verify']));
  }

  /** One that was kept. Throws a TypeError for a pair of another kind, and for one whose private half can be read. */
  static async of(pair: WebCryptoKeyPair): Promise<WebCryptoDpopKey> {
    const { kty, crv, x, y } = await requireWebCrypto().subtle.exportKey('jwk', pair.publicKey);
    if (kty !== 'EC' || crv !== 'P-256' || x === undefined || y === undefined)
      throw new TypeError('pair: expected ECDSA keys of P-256');
    if (pair.privateKey.extractable)
      throw new TypeError('pair: expected a private key that is not extractable');
    return new WebCryptoDpopKey(pair, { kty, crv, x, y });
  }

  override async sign(bytes: Bytes): Promise<Uint8Array> {
    return new Uint8Array(await requireWebCrypto().subtle.sign(ES256, this.pair.privateKey, bytes));
  }
}
