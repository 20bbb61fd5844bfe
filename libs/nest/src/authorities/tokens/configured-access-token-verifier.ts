import { Injectable } from '@nestjs/common';
import { audienceIncludes, checkTimes, SCOPE } from '@portcullis/wire';
import { VerifiedTokens, type Claims, type JoseHeader, type TokenFailure } from '../../crypto/index.js';
import { AccessTokenVerifier, type UserCredential } from '../../layers/user/index.js';
import { Clock } from '../../pipeline/index.js';
import { AccessTokenOptions } from './access-token.options.js';

/**
 * Media types are compared without regard to case (RFC 7515 §4.1.9); these are not. Issuers write them as RFC 9068 §2.1
 * does, and a kind of token that two readers spell differently is one that they may take for two kinds.
 */
const TYPES: ReadonlySet<unknown> = new Set(['at+jwt', 'application/at+jwt']);

/** Bounded, and without what a database would choke on or change: control characters and lone surrogates. */
const IDENTIFIER = /^[^\p{Cc}\p{Cs}]{1,256}$/u;

function isIdentifier(value: unknown): value is string {
  return typeof value === 'string' && IDENTIFIER.test(value);
}

/** Absent: none granted. Undefined when it is anything but a scope. */
function readScope(scope: unknown): readonly string[] | undefined {
  if (scope === undefined) return [];
  return typeof scope === 'string' && SCOPE.test(scope) ? scope.split(' ') : undefined;
}

/** An access token that was accepted, and when it is good. */
interface AcceptedToken {
  readonly credential: UserCredential;
  readonly times: Pick<Claims, 'exp' | 'nbf' | 'iat'>;
}

/** Access tokens of one issuer (RFC 9068 §4), verified with the keys that were configured for it. */
@Injectable()
export class ConfiguredAccessTokenVerifier extends AccessTokenVerifier {
  private readonly tokens: VerifiedTokens<AcceptedToken>;

  constructor(
    private readonly clock: Clock,
    private readonly options: AccessTokenOptions,
  ) {
    super();
    this.tokens = new VerifiedTokens((header, claims) => this.accept(header, claims));
  }

  override verify(text: string): UserCredential | undefined {
    const token = this.tokens.read(text);
    const accepted = token && this.tokens.verify(token, this.options.keys);
    if (!accepted || 'failure' in accepted) return undefined;
    const times = { nowSeconds: this.clock.now() / 1000, skewSeconds: this.options.skewSeconds };
    return checkTimes(accepted.times, times) === undefined ? accepted.credential : undefined;
  }

  private accept({ typ }: JoseHeader, claims: Claims): AcceptedToken | TokenFailure {
    const credential = TYPES.has(typ) && this.isMeantForUs(claims) ? readUser(claims) : undefined;
    if (!credential) return { failure: 'not_accepted' };
    const { exp, nbf, iat } = claims;
    return { credential, times: { exp, nbf, iat } };
  }

  private isMeantForUs({ iss, aud, iat, cnf }: Claims): boolean {
    const { issuer, audiences } = this.options;
    return (
      iss === issuer &&
      audienceIncludes(aud, audiences) &&
      iat !== undefined &&
      // Bound to a key of its holder (RFC 9449 §7.2, RFC 8705 §3): as a plain bearer token anybody could use it.
      cnf === undefined
    );
  }
}

function readUser({ sub, client_id: clientId, jti, scope }: Claims): UserCredential | undefined {
  const granted = readScope(scope);
  if (!granted || !isIdentifier(sub) || !isIdentifier(clientId) || !isIdentifier(jti)) return undefined;
  // The client speaks for itself (RFC 9068 §2.2): a token without a user.
  if (sub === clientId) return undefined;
  return Object.freeze({
    kind: 'access-token',
    id: jti,
    userId: sub,
    clientId,
    granted: Object.freeze(granted),
  });
}
