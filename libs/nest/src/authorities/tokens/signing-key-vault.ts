import {
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  generateKeyPairSync,
  randomBytes,
  type KeyObject,
} from 'node:crypto';
import { Injectable } from '@nestjs/common';
import {
  jwsSigningKey,
  KeyRing,
  type JwsAlgorithm,
  type JwsKey,
  type JwsSigningKey,
} from '../../crypto/index.js';
import type { SigningKeyRecord } from './signing-key.store.js';

/** RFC 7517 §4: a key as it is published. */
export interface PublishedJwk extends NonNullable<SigningKeyRecord['publicJwk']> {
  readonly kid: string;
  readonly use: 'sig';
  readonly alg: 'ES256';
}

/** What a record holds, ready for use. */
export interface OpenedSigningKey {
  readonly signing: JwsSigningKey;
  readonly verifying: JwsKey;
  /** Undefined for a secret. */
  readonly published: PublishedJwk | undefined;
}

export interface KeyToMint {
  readonly algorithm: JwsAlgorithm;
  /** HS256: made anew when it is not given. */
  readonly secret?: Uint8Array | undefined;
  readonly createdAt: Date;
  readonly signsFrom: Date;
}

const KID_BYTES = 8;
const SECRET_BYTES = 32;

/** Hexadecimal: it is typed on command lines, where a leading dash would make it an option. */
function newKid(): string {
  return randomBytes(KID_BYTES).toString('hex');
}

/** Makes signing keys, and turns them into what rests and back. Each is sealed for its own row: moved, it does not open. */
@Injectable()
export class SigningKeyVault {
  constructor(private readonly keyRing: KeyRing) {}

  mint({ algorithm, secret, createdAt, signsFrom }: KeyToMint): SigningKeyRecord {
    const kid = newKid();
    const { privateHalf, publicJwk } = algorithm === 'ES256' ? newKeyPair() : secretHalf(secret);
    return {
      kid,
      algorithm,
      sealed: this.keyRing.seal(privateHalf, contextOf(kid)),
      publicJwk,
      createdAt,
      signsFrom,
    };
  }

  /** Throws when the key ring cannot open it, or it holds no such key. */
  open(record: SigningKeyRecord): OpenedSigningKey {
    const { kid, algorithm } = record;
    const header = { alg: algorithm, kid, typ: 'at+jwt' };
    const bytes = this.bytesOf(record);
    if (algorithm === 'HS256') {
      const key = createSecretKey(bytes);
      return {
        signing: jwsSigningKey(key, header),
        verifying: { algorithm, key, kid },
        published: undefined,
      };
    }
    const privateKey = createPrivateKey({ key: bytes, format: 'der', type: 'pkcs8' });
    // Not the row's: whoever can write rows would then choose what verifies.
    const publicKey = createPublicKey(privateKey);
    return {
      signing: jwsSigningKey(privateKey, header),
      verifying: { algorithm, key: publicKey, kid },
      published: { ...coordinatesOf(publicKey), kid, use: 'sig', alg: algorithm },
    };
  }

  /** Of an HS256 key. Throws when the key ring cannot open it. */
  secretOf(record: SigningKeyRecord): Buffer {
    return this.bytesOf(record);
  }

  private bytesOf({ kid, sealed }: SigningKeyRecord): Buffer {
    return this.keyRing.open(sealed, contextOf(kid));
  }
}

function contextOf(kid: string): string {
  return `signing key/${kid}`;
}

function newKeyPair() {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    privateHalf: privateKey.export({ format: 'der', type: 'pkcs8' }),
    publicJwk: coordinatesOf(publicKey),
  };
}

function secretHalf(secret: Uint8Array = randomBytes(SECRET_BYTES)) {
  return { privateHalf: secret, publicJwk: null };
}

function coordinatesOf(publicKey: KeyObject): NonNullable<SigningKeyRecord['publicJwk']> {
  const { x, y } = publicKey.export({ format: 'jwk' });
  return { kty: 'EC', crv: 'P-256', x: x as string, y: y as string };
}
