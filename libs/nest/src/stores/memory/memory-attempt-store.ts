import { LRUCache } from 'lru-cache';
import {
  AttemptStore,
  type Attempt,
  type AttemptBucket,
  type AttemptCounter,
  type BackOff,
} from '../../authorities/sessions/index.js';

export interface MemoryAttemptStoreOptions {
  /** How many counts are held, and how many places; beyond, the one that was asked for longest ago is forgotten. */
  readonly capacity?: number;
}

interface Failures {
  readonly count: number;
  readonly lastAt: number;
  /** The failure before: what counts again when the last one is taken back. */
  readonly previousAt: number;
}

/** What a bucket holds, as the time when it will be empty. */
interface Draining {
  readonly emptyAt: number;
  readonly drainMsEach: number;
}

/** What one more failure would mean for a counter or a bucket. */
interface Outlook {
  readonly key: string;
  readonly waitMs: number;
  readonly next: Failures | Draining;
}

const DEFAULT_CAPACITY = 100_000;
const NO_FAILURES: Failures = { count: 0, lastAt: 0, previousAt: 0 };

/** Failed sign-ins of one process. */
export class MemoryAttemptStore extends AttemptStore {
  private readonly failures: LRUCache<string, Failures | Draining>;
  /** Until when a place is known. Apart from the failures: a guesser makes as many of those as he likes. */
  private readonly places: LRUCache<string, number>;

  constructor({ capacity = DEFAULT_CAPACITY }: MemoryAttemptStoreOptions = {}) {
    super();
    this.failures = new LRUCache({ max: capacity });
    this.places = new LRUCache({ max: capacity });
  }

  override async begin(
    counters: readonly (AttemptCounter | AttemptBucket)[],
    backOff: BackOff,
    nowMs: number,
  ): Promise<Attempt> {
    const outlooks = counters.map((counter) =>
      'holds' in counter ? this.ofBucket(counter, nowMs) : this.ofCounter(counter, backOff, nowMs),
    );
    const retryAfterMs = Math.ceil(Math.max(0, ...outlooks.map(({ waitMs }) => waitMs)));
    if (retryAfterMs > 0) return { admitted: false, retryAfterMs };
    for (const { key, next } of outlooks) this.failures.set(key, next);
    return { admitted: true };
  }

  override async forgive(keys: readonly string[]): Promise<void> {
    for (const key of keys) this.failures.delete(key);
  }

  override async takeBack(keys: readonly string[]): Promise<void> {
    for (const key of new Set(keys)) {
      const before = beforeLast(this.failures.get(key));
      if (before) this.failures.set(key, before);
      else this.failures.delete(key);
    }
  }

  override async remember(key: string, forMs: number, nowMs: number): Promise<void> {
    this.places.set(key, nowMs + forMs);
  }

  override async knows(key: string, nowMs: number): Promise<boolean> {
    return (this.places.get(key) ?? 0) > nowMs;
  }

  get size(): number {
    return this.failures.size;
  }

  private ofCounter({ key, freeFailures }: AttemptCounter, backOff: BackOff, nowMs: number): Outlook {
    const kept = this.failures.get(key);
    const remembered = kept && 'count' in kept && nowMs - kept.lastAt < backOff.forgetAfterMs;
    const { count, lastAt } = remembered ? kept : NO_FAILURES;
    const waitMs = lastAt + waitAfter(count - freeFailures, backOff) - nowMs;
    return { key, waitMs, next: { count: count + 1, lastAt: nowMs, previousAt: lastAt } };
  }

  private ofBucket({ key, holds, drainMsEach }: AttemptBucket, nowMs: number): Outlook {
    const kept = this.failures.get(key);
    const emptyAt = Math.max(nowMs, kept && 'emptyAt' in kept ? kept.emptyAt : 0) + drainMsEach;
    return { key, waitMs: emptyAt - nowMs - holds * drainMsEach, next: { emptyAt, drainMsEach } };
  }
}

/** Undefined where nothing is left. */
function beforeLast(kept: Failures | Draining | undefined): Failures | Draining | undefined {
  if (!kept) return undefined;
  if ('emptyAt' in kept) return { ...kept, emptyAt: kept.emptyAt - kept.drainMsEach };
  const { count, previousAt } = kept;
  return count > 1 ? { count: count - 1, lastAt: previousAt, previousAt } : undefined;
}

function waitAfter(failuresBeyondFree: number, { firstWaitMs, longestWaitMs }: BackOff): number {
  return failuresBeyondFree > 0 ? Math.min(longestWaitMs, firstWaitMs * 2 ** (failuresBeyondFree - 1)) : 0;
}
