import { parseCompactJws, parseJwtClaims, type CompactJws } from '@portcullis/wire';
import { verifyJws, type JwsKey } from './verify-jws.js';

export type JoseHeader = Readonly<Record<string, unknown>>;
export type Claims = Readonly<Record<string, unknown>>;

/** A token as it came: taken apart, or remembered since its signature was found right. */
export interface ReadToken<V> {
  readonly text: string;
  /** Which of the issuer's keys it says it was signed with; whatever it says, where it says so. */
  readonly kid: unknown;
  /** Undefined for one that nobody has verified yet. */
  readonly verified?: { readonly key: JwsKey; readonly value: V };
  readonly jws?: CompactJws;
}

export type TokenFailure = { readonly failure: string };

const CAPACITY = 10_000;
/** Longer ones are verified each time. */
const LONGEST_REMEMBERED = 4096;
/** So much of a signature tells tokens apart, and is hashed faster than the whole; the whole is compared. */
const TAIL = 43;

/**
 * Tokens whose signature was right, by their exact text: a phone sends one many times, and nothing about it changes
 * meanwhile. What does change is asked each time: whether the key still counts, and, by the caller, the time. Only who holds
 * a key can fill this.
 */
export class VerifiedTokens<V extends object> {
  /** Oldest first. Tokens live for minutes: which of them was used last is not worth keeping account of. */
  private readonly remembered = new Map<string, ReadToken<V>>();

  /** @param accept what a token says whose signature is right, or why it is refused whatever the time is. */
  constructor(private readonly accept: (header: JoseHeader, claims: Claims) => V | TokenFailure) {}

  /** Undefined for what is no compact JWS (RFC 7515 §7.1) in its one canonical spelling. */
  read(text: string): ReadToken<V> | undefined {
    const known = this.remembered.get(text.slice(-TAIL));
    if (known?.text === text) return known;
    const jws = parseCompactJws(text);
    return jws && { text, kid: jws.header['kid'], jws };
  }

  /** What the token says, when one of the keys verifies it and it is accepted; why not, otherwise, for the log. */
  verify(token: ReadToken<V>, keys: readonly JwsKey[]): V | TokenFailure {
    const { verified, text, kid } = token;
    if (verified && keys.includes(verified.key)) return verified.value;
    const jws = token.jws ?? parseCompactJws(text);
    const key = jws && verifyJws(jws, keys);
    if (!key) return { failure: 'bad_signature' };
    const claims = parseJwtClaims(jws.payload);
    if (!claims) return { failure: 'malformed_claims' };
    const value = this.accept(jws.header, claims);
    if (text.length <= LONGEST_REMEMBERED && !('failure' in value))
      this.remember({ text, kid, verified: { key, value } });
    return value;
  }

  private remember(token: ReadToken<V>): void {
    const tail = token.text.slice(-TAIL);
    this.remembered.delete(tail);
    const [oldest] = this.remembered.size < CAPACITY ? [] : this.remembered.keys();
    if (oldest !== undefined) this.remembered.delete(oldest);
    this.remembered.set(tail, token);
  }
}
