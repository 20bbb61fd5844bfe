import { Injectable } from '@nestjs/common';
import { audienceIncludes, checkTimes, SCOPE } from '@portcullis/wire';
import { VerifiedTokens } from '../../crypto/index.js';
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

/** Access tokens of one issuer (RFC 9068 §4), verified with the keys that were configured for it. */
@Injectable()
export class ConfiguredAccessTokenVerifier extends AccessTokenVerifier {
  private readonly tokens = new VerifiedTokens();

  constructor(
    private readonly clock: Clock,
    private readonly options: AccessTokenOptions,
  ) {
    super();
  }

  override verify(text: string): UserCredential | undefined {
    const token = this.tokens.read(text);
    if (!token || !TYPES.has(token.header['typ'])) return undefined;
    const claims = this.tokens.claimsOf(token, this.options.keys);
    if (typeof claims === 'string' || !this.isMeantForUs(claims)) return undefined;
    return this.readUser(claims);
  }

  private isMeantForUs(claims: Readonly<Record<string, unknown>>): boolean {
    const { issuer, audiences, skewSeconds } = this.options;
    return (
      claims['iss'] === issuer &&
      audienceIncludes(claims['aud'], audiences) &&
      checkTimes(claims, { nowSeconds: this.clock.now() / 1000, skewSeconds }) === undefined &&
      claims['iat'] !== undefined &&
      // Bound to a key of its holder (RFC 9449 §7.2, RFC 8705 §3): as a plain bearer token anybody could use it.
      claims['cnf'] === undefined
    );
  }

  private readUser({
    sub,
    client_id: clientId,
    jti,
    scope,
  }: Readonly<Record<string, unknown>>): UserCredential | undefined {
    const granted = readScope(scope);
    if (!granted || !isIdentifier(sub) || !isIdentifier(clientId) || !isIdentifier(jti)) return undefined;
    // The client speaks for itself (RFC 9068 §2.2): a token without a user.
    if (sub === clientId) return undefined;
    return { kind: 'access-token', id: jti, userId: sub, clientId, granted };
  }
}
