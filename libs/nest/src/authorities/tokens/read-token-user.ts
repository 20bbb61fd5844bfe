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

/** SHA-256 in base64url. */
const THUMBPRINT = /^[A-Za-z0-9_-]{43}$/;

const LONGEST_KID = 128;

/** What is not is looked for nowhere. */
export function isKeyId(kid: unknown): kid is string {
  return typeof kid === 'string' && kid.length <= LONGEST_KID;
}

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

/**
 * Which key it is bound to (RFC 9449 §6.1), if any. Undefined for any other confirmation, an unknown one among several too
 * (RFC 7800 §3.1): taken for a bearer token it would be anybody's (RFC 8705 §3).
 */
function readBinding(cnf: unknown): Pick<UserCredential, 'boundKey'> | undefined {
  if (cnf === undefined) return {};
  if (typeof cnf !== 'object' || cnf === null || Object.keys(cnf).join() !== 'jkt') return undefined;
  const { jkt } = cnf as { readonly jkt: unknown };
  return typeof jkt === 'string' && THUMBPRINT.test(jkt) ? { boundKey: jkt } : undefined;
}

/** Whose token it is (RFC 9068 §2.2); undefined when a claim is missing or malformed, and for a token without a user. */
export function readTokenUser({
  sub,
  client_id: clientId,
  jti,
  scope,
  cnf,
}: Claims): Omit<UserCredential, 'sessionId'> | undefined {
  const granted = readScope(scope);
  const binding = readBinding(cnf);
  if (!granted || !binding || !isIdentifier(sub) || !isIdentifier(clientId) || !isIdentifier(jti))
    return undefined;
  // The client speaks for itself (RFC 9068 §2.2).
  if (sub === clientId) return undefined;
  return {
    kind: 'access-token',
    id: jti,
    userId: sub,
    clientId,
    granted: Object.freeze(granted),
    ...binding,
  };
}

/** Whether it lives no longer than a revocation of it is remembered. */
export function livesAtMost({ iat, exp }: Claims, longestLifeSeconds: number): boolean {
  return typeof iat === 'number' && typeof exp === 'number' && exp - iat <= longestLifeSeconds;
}
