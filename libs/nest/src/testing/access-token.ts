import { randomUUID } from 'node:crypto';
import { SystemClock, type Clock } from '../pipeline/index.js';
import { signToken, type Overrides } from './sign-token.js';
import type { TokenKey } from './token-key.js';

export interface AccessTokenParts {
  /** `issuer` and one of the `audiences` of the application's `accessTokens`. */
  readonly issuer: string;
  readonly audience: string;
  /** `es256Key()`, or `hs256Key(k)`; the application has to be given the JWK. */
  readonly key: TokenKey;
  readonly appId: string;
  readonly userId: string;
  readonly scopes?: readonly string[];
  /** Claims to set otherwise or, as `undefined`, to leave out. */
  readonly claims?: Overrides;
  readonly header?: Overrides;
  readonly clock?: Clock;
}

const LIFE_SECONDS = 300;

/** A user access token (RFC 9068 §2): good for five minutes from the clock's time. */
export function accessToken(parts: AccessTokenParts): string {
  const { issuer, audience, key, appId, userId, scopes = [], clock = new SystemClock() } = parts;
  const iat = Math.floor(clock.now() / 1000);
  const standing = {
    iss: issuer,
    aud: audience,
    sub: userId,
    client_id: appId,
    iat,
    exp: iat + LIFE_SECONDS,
  };
  const scope = scopes.length > 0 ? scopes.join(' ') : undefined;
  const claims = { ...standing, jti: randomUUID(), scope, ...parts.claims };
  return signToken({ type: 'at+jwt', key, claims, header: parts.header });
}
