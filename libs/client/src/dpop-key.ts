import type { EcPublicJwk } from '@portcullis/wire';
import type { Bytes } from './crypto-engine.js';

/**
 * The key of this installation that its tokens are bound to (RFC 9449): an ECDSA key of P-256, whose private half nobody
 * can take away. `WebCryptoDpopKey` where there is `crypto.subtle`; in a phone the Secure Enclave (iOS) or StrongBox and
 * the Keystore (Android), by whatever library speaks to them. It lives as long as the session does.
 */
export abstract class DpopKey {
  /** What the server knows it by: `kty`, `crv`, `x` and `y`. */
  abstract readonly publicJwk: EcPublicJwk;

  /**
   * ECDSA with SHA-256 (`ES256`, RFC 7518 §3.4) over `bytes`, which are not hashed yet: r and s, 32 bytes each. Platforms
   * that answer in DER: see `ecdsaSignatureOfDer`. What this throws, the caller of `fetch` gets.
   */
  abstract sign(bytes: Bytes): Uint8Array | Promise<Uint8Array>;
}

/** A key, or what opens or makes it. Asked once, when it is first needed. */
export type DpopKeySource = DpopKey | (() => DpopKey | Promise<DpopKey>);
