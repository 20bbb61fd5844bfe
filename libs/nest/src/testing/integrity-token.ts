import { createHash, randomUUID } from 'node:crypto';
import { SystemClock, type Clock } from '../pipeline/index.js';
import { signToken, type Overrides } from './sign-token.js';
import { hs256Key, type TokenKey } from './token-key.js';

export interface IntegrityTokenParts {
  readonly appId: string;
  /** The app's integrity secret in base64, or a key of the issuer. */
  readonly key: string | TokenKey;
  /** The whole `Authorization` value to bind the token to (`pay`). */
  readonly authorization?: string | undefined;
  /** Claims to set otherwise or, as `undefined`, to leave out: `{ exp: undefined }`, `{ htm: 'POST' }`. */
  readonly claims?: Overrides;
  readonly header?: Overrides;
  readonly clock?: Clock;
}

const LIFE_SECONDS = 300;

/** What an attestation service would issue to the genuine app: good for five minutes from the clock's time. */
export function integrityToken(parts: IntegrityTokenParts): string {
  const { appId, key, authorization, claims, header, clock = new SystemClock() } = parts;
  const iat = Math.floor(clock.now() / 1000);
  const pay = authorization && createHash('sha256').update(authorization, 'utf8').digest('base64');
  return signToken({
    type: 'integrity+jwt',
    key: typeof key === 'string' ? hs256Key(key) : key,
    claims: { sub: appId, iat, exp: iat + LIFE_SECONDS, jti: randomUUID(), pay, ...claims },
    header,
  });
}
