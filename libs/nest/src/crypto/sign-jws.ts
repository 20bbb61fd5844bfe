import { createHmac, sign, type KeyObject } from 'node:crypto';
import type { JwsAlgorithm } from './verify-jws.js';

/** A key that signs, and what it says about itself in each token. */
export interface JwsSigningKey {
  readonly algorithm: JwsAlgorithm;
  /** ES256: a private P-256 key; HS256: a secret. */
  readonly key: KeyObject;
  /** The protected header, encoded; the same for every token. */
  readonly encodedHeader: string;
}

/** Throws a TypeError for a key that is not for the algorithm. */
export function jwsSigningKey(
  key: KeyObject,
  header: { readonly alg: JwsAlgorithm; readonly kid: string; readonly typ: string },
): JwsSigningKey {
  const { alg } = header;
  const isItsKey =
    alg === 'HS256'
      ? key.type === 'secret'
      : key.type === 'private' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1';
  if (!isItsKey) throw new TypeError(`expected a key to sign ${alg} with`);
  return { algorithm: alg, key, encodedHeader: encode(header) };
}

/** A JWS in compact serialisation (RFC 7515 §7.1) of the claims as JSON. */
export function signJws(claims: object, { algorithm, key, encodedHeader }: JwsSigningKey): string {
  const input = `${encodedHeader}.${encode(claims)}`;
  if (algorithm === 'HS256')
    return `${input}.${createHmac('sha256', key).update(input, 'latin1').digest('base64url')}`;
  // RFC 7518 §3.4: R and S, 32 bytes each; never DER.
  const signature = sign('sha256', Buffer.from(input, 'latin1'), { key, dsaEncoding: 'ieee-p1363' });
  return `${input}.${signature.toString('base64url')}`;
}

function encode(members: object): string {
  return Buffer.from(JSON.stringify(members), 'utf8').toString('base64url');
}
