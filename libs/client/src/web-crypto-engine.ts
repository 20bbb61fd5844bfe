import { CryptoEngine, type Bytes } from './crypto-engine.js';
import { requireWebCrypto } from './require-web-crypto.js';

const HMAC = { name: 'HMAC', hash: 'SHA-256' } as const;

/** W3C Web Cryptography: Node, and browsers in a secure context (https, or loopback). */
export class WebCryptoEngine extends CryptoEngine {
  private readonly keys = new WeakMap<Bytes, Promise<CryptoKey>>();

  override async sha256(bytes: Bytes): Promise<Bytes> {
    return new Uint8Array(await requireWebCrypto().subtle.digest('SHA-256', bytes));
  }

  override async hmacSha256(key: Bytes, bytes: Bytes): Promise<Bytes> {
    return new Uint8Array(await requireWebCrypto().subtle.sign('HMAC', await this.imported(key), bytes));
  }

  override randomBytes(length: number): Bytes {
    return requireWebCrypto().getRandomValues(new Uint8Array(length));
  }

  /** Importing costs more than signing. */
  private imported(key: Bytes): Promise<CryptoKey> {
    const known = this.keys.get(key);
    if (known) return known;
    const imported = requireWebCrypto().subtle.importKey('raw', key, HMAC, false, ['sign']);
    this.keys.set(key, imported);
    return imported;
  }
}
