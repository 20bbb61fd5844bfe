import type { JwsAlgorithm } from '../../crypto/index.js';

/** A key that access tokens are signed with, as it rests. */
export interface SigningKeyRecord {
  readonly kid: string;
  readonly algorithm: JwsAlgorithm;
  /** ES256: the private key as PKCS#8; HS256: the secret's bytes. Sealed under the key ring for this `kid`. */
  readonly sealed: Uint8Array;
  /** ES256: `kty`, `crv`, `x`, `y`. Null for HS256, which is never published. */
  readonly publicJwk: {
    readonly kty: 'EC';
    readonly crv: 'P-256';
    readonly x: string;
    readonly y: string;
  } | null;
  readonly createdAt: Date;
  /** It signs from then on, until the next one does. */
  readonly signsFrom: Date;
}

/** The ring of signing keys. Takes part in `Transactions`. */
export abstract class SigningKeyStore {
  /** Locks the ring until the running transaction ends: of several nodes one makes the first key, or rotates. */
  abstract lock(): Promise<void>;
  abstract insert(key: SigningKeyRecord): Promise<void>;
  /** All, the one that signs last first. */
  abstract list(): Promise<SigningKeyRecord[]>;
  abstract setSignsFrom(kid: string, signsFrom: Date): Promise<boolean>;
  abstract remove(kid: string): Promise<boolean>;
}
