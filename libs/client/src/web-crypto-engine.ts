import { CryptoEngine, type Bytes } from './crypto-engine.js';

const HMAC = { name: 'HMAC', hash: 'SHA-256' } as const;

/** W3C Web Cryptography: Node, and browsers in a secure context (https, or loopback). */
export class WebCryptoEngine extends CryptoEngine {
  private readonly keys = new WeakMap<Bytes, Promise<CryptoKey>>();

  override async sha256(bytes: Bytes): Promise<Bytes> {
    return new Uint8Array(await webCrypto().subtle.digest('SHA-256', bytes));
  }

  override async hmacSha256(key: Bytes, bytes: Bytes): Promise<Bytes> {
    return new Uint8Array(await webCrypto().subtle.sign('HMAC', await this.imported(key), bytes));
  }

  override randomBytes(length: number): Bytes {
    return webCrypto().getRandomValues(new Uint8Array(length));
  }

  /** Importing costs more than signing. */
  private imported(key: Bytes): Promise<CryptoKey> {
    const known = this.keys.get(key);
    if (known) return known;
    const imported = webCrypto().subtle.importKey('raw', key, HMAC, false, ['sign']);
    this.keys.set(key, imported);
    return imported;
  }
}

function webCrypto(): Crypto {
  const found = globalThis.crypto as Crypto | undefined;
  // Outside of secure contexts there is a generator, and no `subtle`.
  if (!found?.subtle) throw new TypeError('crypto: there is no crypto.subtle here; bring a CryptoEngine');
  return found;
}
