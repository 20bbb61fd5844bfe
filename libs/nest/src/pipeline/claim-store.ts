import { hash } from 'node:crypto';
import type { Claim } from './security-layer.js';

export type Committed =
  { readonly outcome: 'committed' } | { readonly outcome: 'used' | 'forgotten'; readonly claim: Claim };

/**
 * Remembers what was had once. `commit` takes all claims or none, atomically over all nodes that share the store.
 *
 * A claim that may have been made in a memory that is gone is answered `forgotten`; so is one whose `expiresAt` is over
 * when it is committed, or as good as over: layers may have waited since they judged its age, and an earlier one with
 * its key would be remembered no more. A store that cannot tell throws a
 * `temporarily_unavailable` problem: it never guesses.
 */
export abstract class ClaimStore {
  abstract commit(claims: readonly Claim[]): Committed | Promise<Committed>;

  /** Whether claims can be committed as far as the store knows, without asking anybody: for a readiness check. */
  isUsable(): boolean {
    return true;
  }
}

/** Length-prefixed parts, hashed: ("a:b", "c") and ("a", "b:c") differ, and no input makes a long key. */
export function claimKey(...parts: readonly string[]): string {
  let text = '';
  for (const part of parts) text += `${Buffer.byteLength(part)}:${part}`;
  return hash('sha256', text, 'base64url');
}
