/** A count of failures that slows down whoever causes them. */
export interface AttemptCounter {
  /** A digest (`claimKey`), never a name. */
  readonly key: string;
  /** Failures without consequence. */
  readonly freeFailures: number;
}

/** How long the wait after the first failure beyond the free ones is, doubled with each further one up to the longest. */
export interface BackOff {
  readonly firstWaitMs: number;
  readonly longestWaitMs: number;
  /** After so long without a failure a count begins anew. */
  readonly forgetAfterMs: number;
}

export type Attempt =
  | { readonly admitted: true }
  /** `retryAfterMs`: until the longest of the waits is over. */
  | { readonly admitted: false; readonly retryAfterMs: number };

/**
 * Counts failed sign-ins, over all nodes that share the store. An attempt is counted as failed *before* its password is
 * looked at, so that guesses made in parallel are counted too; one that turns out right is forgiven.
 */
export abstract class AttemptStore {
  /**
   * Admits when none of the counters is waiting, and then counts a failure on each; otherwise changes nothing. Atomic
   * over all counters. Throws a `temporarily_unavailable` problem when it cannot tell.
   */
  abstract begin(counters: readonly AttemptCounter[], backOff: BackOff, nowMs: number): Promise<Attempt>;
  /** Forgets the failures of these counters. */
  abstract forgive(keys: readonly string[]): Promise<void>;
  /** Takes one failure of each of these counters back, and the wait that it caused. */
  abstract takeBack(keys: readonly string[]): Promise<void>;
}
