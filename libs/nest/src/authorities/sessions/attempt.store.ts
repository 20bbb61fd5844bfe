/** A count of failures that slows down whoever causes them: each wait is twice as long as the one before. */
export interface AttemptCounter {
  /** A digest (`claimKey`), never a name. */
  readonly key: string;
  /** Failures without consequence. */
  readonly freeFailures: number;
}

/** A count of failures that drains all the time: whoever shares it waits no longer than until there is room for one more. */
export interface AttemptBucket {
  /** A digest (`claimKey`), never a name. */
  readonly key: string;
  /** How many failures it holds. */
  readonly holds: number;
  /** How long one of them takes to drain, in whole milliseconds. */
  readonly drainMsEach: number;
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
 * looked at, so that guesses made in parallel are counted too; one that turns out right is forgiven. Every method throws a
 * `temporarily_unavailable` problem when it cannot tell.
 */
export abstract class AttemptStore {
  /**
   * Admits when none of the counters is waiting and every bucket has room, and then counts a failure on each; otherwise
   * changes nothing. Atomic over all of them.
   */
  abstract begin(
    counters: readonly (AttemptCounter | AttemptBucket)[],
    backOff: BackOff,
    nowMs: number,
  ): Promise<Attempt>;
  /** Forgets the failures of these counters. */
  abstract forgive(keys: readonly string[]): Promise<void>;
  /** Takes one failure of each of these counters and buckets back, and the wait that it caused. */
  abstract takeBack(keys: readonly string[]): Promise<void>;
  /**
   * Remembers a place where somebody has signed in, for so long from now on.
   * @param key a digest (`claimKey`) of who and where: what is kept tells neither.
   */
  abstract remember(key: string, forMs: number, nowMs: number): Promise<void>;
  /** Whether the place is remembered. One that a store has lost counts as never seen. */
  abstract knows(key: string, nowMs: number): Promise<boolean>;
}
