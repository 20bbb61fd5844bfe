import { parseJsonObject } from '@portcullis/wire';
import { z } from 'zod';
import { jwsKeyOfJwk, type JwsKey, type VerificationJwk } from '../../crypto/index.js';

const MOST_KEYS = 100;

const keySetShape = z.object({ keys: z.array(z.unknown()).max(MOST_KEYS) });
const jwkShape = z.looseObject({ kty: z.string(), key_ops: z.array(z.string()).optional() });

/**
 * The ES256 key that an entry publishes, or undefined. What is no secret any more is no key: a published HMAC key, or a
 * published private one, lets everybody sign.
 */
function usableKey(entry: unknown): JwsKey | undefined {
  const { success, data } = jwkShape.safeParse(entry);
  if (!success || data.kty !== 'EC' || 'd' in data) return undefined;
  return jwsKeyOfJwk(data as VerificationJwk);
}

function kidOf(entry: unknown): unknown {
  return typeof entry === 'object' && entry !== null && 'kid' in entry ? entry.kid : undefined;
}

/** One key set document (RFC 7517 §5), its usable keys found by `kid`. Entries for other purposes are passed over. */
export class PublishedKeys {
  private readonly named = new Map<string, readonly JwsKey[]>();
  private readonly sole: readonly JwsKey[];

  private constructor(entries: readonly unknown[]) {
    const usable: JwsKey[] = [];
    const seen = new Set<string>();
    for (const entry of entries) {
      const kid = kidOf(entry);
      // A kid of another type can be named by no token.
      const key = kid === undefined || typeof kid === 'string' ? usableKey(entry) : undefined;
      if (key) usable.push(key);
      if (typeof kid !== 'string') continue;
      // Two entries under one name, even of different types: nobody can say which is meant, so neither is.
      this.named.set(kid, key && !seen.has(kid) ? [key] : []);
      seen.add(kid);
    }
    this.sole = usable.length === 1 ? this.unambiguous(usable) : [];
  }

  /** Undefined for text that is no key set. One without a usable key is one: that is how keys are withdrawn. */
  static parse(text: string): PublishedKeys | undefined {
    const { success, data } = keySetShape.safeParse(parseJsonObject(text));
    return success ? new PublishedKeys(data.keys) : undefined;
  }

  /**
   * The key that a token with this `kid` may have been signed with, none when the entry of that name is of no use, and
   * undefined when there is no such entry. A `kid` matches a key's `kid` (RFC 7515 §4.1.4) and so never a key without
   * one; a token without `kid` means the only usable key, and none where there are several (OpenID Connect Core §10.1
   * asks for a `kid` then).
   */
  find(kid: string | undefined): readonly JwsKey[] | undefined {
    return kid === undefined ? this.sole : this.named.get(kid);
  }

  private unambiguous(keys: readonly JwsKey[]): readonly JwsKey[] {
    return keys.filter(({ kid }) => kid === undefined || this.named.get(kid)?.length === 1);
  }
}
