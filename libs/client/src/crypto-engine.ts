/** Bytes that no other thread changes while they are hashed. */
export type Bytes = Uint8Array<ArrayBuffer>;

/**
 * What the client asks of cryptography. `WebCryptoEngine` where there is `crypto.subtle`; elsewhere (React Native) an app
 * brings its own. Answers may be promises or not.
 */
export abstract class CryptoEngine {
  /** 32 bytes. */
  abstract sha256(bytes: Bytes): Bytes | Promise<Bytes>;

  /** 32 bytes (RFC 2104). For one secret the client hands in one and the same array, so that a key can be kept for it. */
  abstract hmacSha256(key: Bytes, bytes: Bytes): Bytes | Promise<Bytes>;

  /** From a cryptographically secure generator: nonces are made of it. */
  abstract randomBytes(length: number): Bytes | Promise<Bytes>;
}
