import { generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto';
import { SignJWT } from 'jose';
import {
  AccessTokenOptions,
  ConfiguredAccessTokenVerifier,
  NOTHING_REVOKED,
  type AccessTokenOptionsInput,
  type RevocationList,
} from '../../libs/nest/src/authorities/tokens/index.js';
import type { AccessTokenVerifier, UserCredential } from '../../libs/nest/src/layers/user/index.js';
import { TestClock } from './host-app.js';

export const PAIR = generateKeyPairSync('ec', { namedCurve: 'P-256' });
export const JWK = { ...PAIR.publicKey.export({ format: 'jwk' }), kid: 'es' };
export const SECRET = randomBytes(32);
const OCT = { kty: 'oct', k: SECRET.toString('base64url'), kid: 'hs' };
export const ISSUER = 'https://issuer.example';
export const ES = { alg: 'ES256', kid: 'es', typ: 'at+jwt' };
export const HS = { alg: 'HS256', kid: 'hs', typ: 'at+jwt' };

export const clock = new TestClock();
export const now = () => Math.floor(clock.now() / 1000);
export const b64url = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
export const verifierOf = (
  options: Partial<AccessTokenOptionsInput> = {},
  revoked: RevocationList = NOTHING_REVOKED,
) =>
  new ConfiguredAccessTokenVerifier(
    clock,
    new AccessTokenOptions({ issuer: ISSUER, audiences: ['bank', 'api'], keys: [JWK, OCT], ...options }),
    revoked,
  );
const verifier = verifierOf();
/** As the user layer does it, with keys that are at hand. */
export const present = (text: string, by: AccessTokenVerifier = verifier): UserCredential | undefined => {
  const found = by.verify(text);
  if (found instanceof Promise) throw new Error('there was nothing to wait for');
  return found;
};

/** Signed by an independent implementation; `undefined` leaves a claim or header member out. */
export function token(
  claims: object = {},
  header: object = ES,
  key: KeyObject | Uint8Array = PAIR.privateKey,
) {
  const all = {
    iss: ISSUER,
    sub: 'user-1',
    aud: 'bank',
    client_id: 'bank-ios',
    scope: 'accounts:read transfers:write',
    iat: now(),
    exp: now() + 300,
    jti: 'token-1',
    ...claims,
  };
  return new SignJWT(JSON.parse(JSON.stringify(all)) as Record<string, unknown>)
    .setProtectedHeader(JSON.parse(JSON.stringify(header)) as { alg: string })
    .sign(key);
}
