import { createSecretKey, generateKeyPairSync, type JsonWebKey, type KeyObject } from 'node:crypto';

/** What a test signs tokens with: a secret makes HS256, a P-256 private key ES256. */
export interface TokenKey {
  readonly key: KeyObject;
  readonly kid?: string;
}

/** A new key pair: `key` signs, `jwk` is what the application verifies with. */
export function es256Key(
  kid = 'test',
): TokenKey & { readonly jwk: JsonWebKey & { kty: string; kid: string } } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { key: privateKey, kid, jwk: { ...publicKey.export({ format: 'jwk' }), kty: 'EC', kid } };
}

/** A shared secret, in base64 or base64url: an app's integrity secret, or the `k` of a JWK. */
export function hs256Key(secret: string, kid?: string): TokenKey {
  const key = createSecretKey(Buffer.from(secret, 'base64'));
  return kid === undefined ? { key } : { key, kid };
}
