import { createPublicKey, createSecretKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { decodeBase64Url } from '@portcullis/wire';
import type { JwsKey } from './verify-jws.js';

/** RFC 7517 §4: members that say what a key is for. */
export interface VerificationJwk extends JsonWebKey {
  readonly kid?: string;
  readonly use?: string;
  readonly key_ops?: readonly string[];
  readonly alg?: string;
}

const SHORTEST_HMAC_KEY_BYTES = 32;

function ecKey(jwk: VerificationJwk): KeyObject | undefined {
  try {
    // Public members only: what arrives with `d` is used for what it says in public. Throws for a point off the curve.
    const { kty, crv, x, y } = jwk;
    return createPublicKey({ key: { kty, crv, x, y } as JsonWebKey, format: 'jwk' });
  } catch {
    return undefined;
  }
}

/**
 * A key to verify ES256 or HS256 with, or undefined when the JWK is for something else: another type or curve, another
 * `alg`, a `use` other than `sig`, `key_ops` without `verify`, an HMAC key under 256 bits (RFC 7518 §3.2).
 */
export function jwsKeyOfJwk(jwk: VerificationJwk): JwsKey | undefined {
  const { kid, use, key_ops: operations, alg, kty } = jwk;
  if ((use !== undefined && use !== 'sig') || (operations && !operations.includes('verify')))
    return undefined;
  if (kty === 'oct' && (alg === undefined || alg === 'HS256')) {
    const bytes = decodeBase64Url(jwk.k ?? '');
    if (!bytes || bytes.byteLength < SHORTEST_HMAC_KEY_BYTES) return undefined;
    return { algorithm: 'HS256', key: createSecretKey(bytes), kid };
  }
  if (kty !== 'EC' || jwk.crv !== 'P-256' || (alg !== undefined && alg !== 'ES256')) return undefined;
  const key = ecKey(jwk);
  return key && { algorithm: 'ES256', key, kid };
}
