import { createHash, generateKeyPairSync, randomUUID, type JsonWebKey, type KeyObject } from 'node:crypto';
import { SignJWT } from 'jose';

/** A device with a key of its own. */
export interface Device {
  readonly privateKey: KeyObject;
  readonly jwk: JsonWebKey;
  /** RFC 7638, by hand. */
  readonly thumbprint: string;
}

export function aDevice(): Device {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwk = publicKey.export({ format: 'jwk' });
  const text = `{"crv":"P-256","kty":"EC","x":"${jwk.x}","y":"${jwk.y}"}`;
  return { privateKey, jwk, thumbprint: createHash('sha256').update(text).digest('base64url') };
}

export interface ProofParts {
  readonly device: Device;
  readonly method?: string;
  readonly url: string;
  readonly nowMs: number;
  readonly accessToken?: string | undefined;
  /** Claims and members of the header to set otherwise or, as `undefined`, to leave out. */
  readonly claims?: object | undefined;
  readonly header?: object | undefined;
  readonly key?: KeyObject | Uint8Array | undefined;
}

/** Of a key, for one request, signed by an independent implementation. */
export function aProof(parts: ProofParts): Promise<string> {
  const { device, method = 'GET', url, nowMs, accessToken } = parts;
  const ath = accessToken && createHash('sha256').update(accessToken).digest('base64url');
  const standing = { htm: method, htu: url, iat: Math.floor(nowMs / 1000), jti: randomUUID(), ath };
  const header = { typ: 'dpop+jwt', alg: 'ES256', jwk: device.jwk, ...parts.header };
  const plain = <T>(value: object) => JSON.parse(JSON.stringify(value)) as T;
  return new SignJWT(plain<Record<string, unknown>>({ ...standing, ...parts.claims }))
    .setProtectedHeader(plain<{ alg: string }>(header))
    .sign(parts.key ?? device.privateKey);
}
