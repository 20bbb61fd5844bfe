import { SCOPE } from '@portcullis/wire';
import type { Claims } from '../../crypto/index.js';
import type { UserCredential } from '../../layers/user/index.js';

/**
 * Media types are compared without regard to case (RFC 7515 §4.1.9); these are not. Issuers write them as RFC 9068 §2.1
 * does, and a kind of token that two readers spell differently is one that they may take for two kinds.
 */
const TYPES: ReadonlySet<unknown> = new Set(['at+jwt', 'application/at+jwt']);

/** Bounded, and without what a database would choke on or change: control characters and lone surrogates. */
const IDENTIFIER = /^[^\p{Cc}\p{Cs}]{1,256}$/u;

export function isAccessTokenType(typ: unknown): boolean {
  return TYPES.has(typ);
}

export function isIdentifier(value: unknown): value is string {
  return typeof value === 'string' && IDENTIFIER.test(value);
}

/** Absent: none granted. Undefined when it is anything but a scope. */
function readScope(scope: unknown): readonly string[] | undefined {
  if (scope === undefined) return [];
  return typeof scope === 'string' && SCOPE.test(scope) ? scope.split(' ') : undefined;
}

/** Whose token it is (RFC 9068 §2.2); undefined when a claim is missing or malformed, and for a token without a user. */
export function readTokenUser({
  sub,
  client_id: clientId,
  jti,
  scope,
}: Claims): Omit<UserCredential, 'sessionId'> | undefined {
  const granted = readScope(scope);
  if (!granted || !isIdentifier(sub) || !isIdentifier(clientId) || !isIdentifier(jti)) return undefined;
  // The client speaks for itself (RFC 9068 §2.2).
  if (sub === clientId) return undefined;
  return { kind: 'access-token', id: jti, userId: sub, clientId, granted: Object.freeze(granted) };
}

/** Whether it lives no longer than a revocation of it is remembered. */
export function livesAtMost({ iat, exp }: Claims, longestLifeSeconds: number): boolean {
  return typeof iat === 'number' && typeof exp === 'number' && exp - iat <= longestLifeSeconds;
}
