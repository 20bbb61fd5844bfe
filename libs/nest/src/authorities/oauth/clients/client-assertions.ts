import { createPublicKey } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { checkTimes, parseCompactJws, parseJwtClaims, type CompactJws } from '@portcullis/wire';
import { LRUCache } from 'lru-cache';
import { verifyJws, type Claims, type JwsKey } from '../../../crypto/index.js';
import { Clock, claimKey } from '../../../pipeline/index.js';
import type { ClientApp, ClientKey } from '../../apps/index.js';
import { TokenOptions } from '../../tokens/index.js';
import type { ExchangeClaim } from '../protocol/exchange.js';
import { OAuthError } from '../protocol/oauth-error.js';

/** RFC 7523 §2.2 */
export const JWT_BEARER = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** An assertion is made for one request: whoever makes it for longer keeps a credential lying about. */
const LONGEST_LIFE_SECONDS = 300;
const LONGEST_JTI = 256;
const MOST_REMEMBERED = 10_000;
const TYPES: ReadonlySet<unknown> = new Set([undefined, 'JWT', 'jwt', 'client-authentication+jwt']);

/** An assertion that was taken apart, and whom it says it is from. */
export interface ClientAssertion {
  readonly jws: CompactJws;
  readonly claims: Claims;
  readonly clientId: string;
}

/** Clients that authenticate with a JWT that they sign: `private_key_jwt` (RFC 7523 §2.2, §3), with ES256. */
@Injectable()
export class ClientAssertions {
  private readonly keys = new LRUCache<ClientKey, JwsKey>({ max: MOST_REMEMBERED });

  constructor(
    private readonly options: TokenOptions,
    private readonly clock: Clock,
  ) {}

  /** Throws `invalid_client` for what is none. Nothing of it is proven yet. */
  read(text: string): ClientAssertion {
    const jws = parseCompactJws(text);
    const claims = jws && parseJwtClaims(jws.payload);
    const clientId = claims?.['sub'];
    if (!claims || typeof clientId !== 'string') throw refused('assertion_malformed');
    return { jws, claims, clientId };
  }

  /** What of it may be had once. Throws `invalid_client` where the client did not sign it, or not for here and now. */
  verify({ jws, claims }: ClientAssertion, { id, clientKeys }: ClientApp): ExchangeClaim {
    const keys = clientKeys.map((key) => this.keyOf(key));
    if (!TYPES.has(jws.header['typ']) || !verifyJws(jws, keys)) throw refused('assertion_signature');
    const { iss, sub, aud, jti, exp, iat } = claims;
    if (iss !== id || sub !== id) throw refused('assertion_subject');
    if (!this.isMeantForUs(aud)) throw refused('assertion_audience');
    const nowSeconds = this.clock.now() / 1000;
    const { skewSeconds } = this.options;
    const late = checkTimes(claims, { nowSeconds, skewSeconds });
    if (late !== undefined) throw refused(`assertion_${late}`);
    const expiresInSeconds = (exp as number) - nowSeconds;
    if (expiresInSeconds > LONGEST_LIFE_SECONDS + skewSeconds) throw refused('assertion_lives_long');
    if (typeof jti !== 'string' || jti === '' || jti.length > LONGEST_JTI) throw refused('assertion_jti');
    const expiresAt = ((exp as number) + skewSeconds) * 1000;
    // It was presented no earlier than so long before its end, for it lives no longer; nor than it says that it was made.
    const livesFrom = expiresAt - (LONGEST_LIFE_SECONDS + 2 * skewSeconds) * 1000;
    const madeAt = iat === undefined ? livesFrom : ((iat as number) - skewSeconds) * 1000;
    return {
      claim: {
        key: claimKey('client assertion', id, jti),
        issuedAt: Math.max(livesFrom, madeAt),
        expiresAt,
        onUsed: 'malformed_credentials',
        onForgotten: 'malformed_credentials',
      },
      refusal: 'invalid_client',
      reason: 'assertion_replayed',
    };
  }

  /** The issuer alone: what names an endpoint could have been made for another server that named ours (RFC 9700 §4.4). */
  private isMeantForUs(aud: unknown): boolean {
    const { issuer } = this.options;
    return aud === issuer || (Array.isArray(aud) && aud.length === 1 && aud[0] === issuer);
  }

  private keyOf(clientKey: ClientKey): JwsKey {
    const known = this.keys.get(clientKey);
    if (known) return known;
    const { kty, crv, x, y, kid } = clientKey;
    const key = createPublicKey({ key: { kty, crv, x, y }, format: 'jwk' });
    const made: JwsKey = { algorithm: 'ES256', key, kid };
    this.keys.set(clientKey, made);
    return made;
  }
}

function refused(reason: string): OAuthError {
  return new OAuthError('invalid_client', { reason });
}
