import { createHmac, timingSafeEqual, verify, type KeyObject } from 'node:crypto';
import type { CompactJws } from '@portcullis/wire';

export type JwsAlgorithm = 'HS256' | 'ES256';

/** A key and the one algorithm that it is for (RFC 8725 §3.1): a token names an algorithm and never chooses one. */
export interface JwsKey {
  readonly algorithm: JwsAlgorithm;
  readonly key: KeyObject;
  readonly kid?: string | undefined;
}

const P256_SIGNATURE_BYTES = 64;

/** Whether the key made the signature, by its own algorithm; what the header says is for the caller to look at. */
export function isSignedBy(
  { algorithm, key }: JwsKey,
  { signingInput, signature }: Pick<CompactJws, 'signingInput' | 'signature'>,
): boolean {
  if (algorithm === 'HS256') {
    if (key.type !== 'secret') return false;
    const expected = createHmac('sha256', key).update(signingInput, 'latin1').digest();
    return signature.byteLength === expected.byteLength && timingSafeEqual(expected, signature);
  }
  const isP256 =
    key.type === 'public' &&
    key.asymmetricKeyType === 'ec' &&
    key.asymmetricKeyDetails?.namedCurve === 'prime256v1';
  // RFC 7518 §3.4: R and S, 32 bytes each; never DER.
  if (!isP256 || signature.byteLength !== P256_SIGNATURE_BYTES) return false;
  return verify('sha256', Buffer.from(signingInput, 'latin1'), { key, dsaEncoding: 'ieee-p1363' }, signature);
}

/**
 * The key that made the signature, or undefined. A token's `kid` narrows the keys that have one; keys in the token
 * itself (`jwk`, `jku`, `x5u`, `x5c`) are never looked at.
 */
export function verifyJws<K extends JwsKey>(jws: CompactJws, keys: readonly K[]): K | undefined {
  const { alg, kid } = jws.header;
  if (kid !== undefined && typeof kid !== 'string') return undefined;
  return keys.find(
    (key) =>
      key.algorithm === alg &&
      (kid === undefined || key.kid === undefined || key.kid === kid) &&
      isSignedBy(key, jws),
  );
}
