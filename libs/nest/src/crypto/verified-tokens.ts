import { parseCompactJws, parseJwtClaims, type CompactJws } from '@portcullis/wire';
import { LRUCache } from 'lru-cache';
import { verifyJws, type JwsKey } from './verify-jws.js';

/** A token as it came: taken apart, and remembered once its signature was found right. */
export interface ReadToken {
  readonly text: string;
  readonly header: Readonly<Record<string, unknown>>;
  /** Undefined for one that nobody has verified yet. */
  readonly verified?: { readonly key: JwsKey; readonly claims: Readonly<Record<string, unknown>> };
  readonly jws?: CompactJws;
}

const CAPACITY = 10_000;
/** Longer ones are verified each time. */
const LONGEST_REMEMBERED = 4096;

/**
 * Tokens whose signature was right, by their exact text: a phone sends one many times, and nothing about a signature
 * changes meanwhile. What does change is asked each time: whether the key still counts, and, by the caller, what the
 * claims say. Only who holds a key can fill this.
 */
export class VerifiedTokens {
  private readonly remembered = new LRUCache<string, ReadToken>({ max: CAPACITY });

  /** Undefined for what is no compact JWS (RFC 7515 §7.1) in its one canonical spelling. */
  read(text: string): ReadToken | undefined {
    const known = this.remembered.get(text);
    if (known) return known;
    const jws = parseCompactJws(text);
    return jws && { text, header: jws.header, jws };
  }

  /** The claims (RFC 7519 §4) of a token that one of the keys verifies, or why there are none, for the log. */
  claimsOf(
    { text, header, verified, jws }: ReadToken,
    keys: readonly JwsKey[],
  ): Readonly<Record<string, unknown>> | 'bad_signature' | 'malformed_claims' {
    if (verified && keys.includes(verified.key)) return verified.claims;
    const parsed = jws ?? parseCompactJws(text);
    const key = parsed && verifyJws(parsed, keys);
    if (!key) return 'bad_signature';
    const claims = parseJwtClaims(parsed.payload);
    if (!claims) return 'malformed_claims';
    if (text.length <= LONGEST_REMEMBERED)
      this.remembered.set(text, { text, header, verified: { key, claims: Object.freeze(claims) } });
    return claims;
  }
}
