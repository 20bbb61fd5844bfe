import { LRUCache } from 'lru-cache';
import {
  AttemptStore,
  type Attempt,
  type AttemptCounter,
  type BackOff,
} from '../../authorities/sessions/index.js';

export interface MemoryAttemptStoreOptions {
  /** How many counts are held; beyond, the one that was asked for longest ago is forgotten. */
  readonly capacity?: number;
}

interface Failures {
  readonly count: number;
  readonly lastAt: number;
  /** The failure before: what counts again when the last one is taken back. */
  readonly previousAt: number;
}

const DEFAULT_CAPACITY = 100_000;
const NO_FAILURES: Failures = { count: 0, lastAt: 0, previousAt: 0 };

/** Failed sign-ins of one process. */
export class MemoryAttemptStore extends AttemptStore {
  private readonly failures: LRUCache<string, Failures>;

  constructor({ capacity = DEFAULT_CAPACITY }: MemoryAttemptStoreOptions = {}) {
    super();
    this.failures = new LRUCache({ max: capacity });
  }

  override async begin(
    counters: readonly AttemptCounter[],
    backOff: BackOff,
    nowMs: number,
  ): Promise<Attempt> {
    const counted = counters.map((counter) => ({
      ...counter,
      before: this.remembered(counter.key, backOff, nowMs),
    }));
    const waits = counted.map(
      ({ freeFailures, before }) => before.lastAt + waitAfter(before.count - freeFailures, backOff) - nowMs,
    );
    const retryAfterMs = Math.ceil(Math.max(0, ...waits));
    if (retryAfterMs > 0) return { admitted: false, retryAfterMs };
    for (const { key, before } of counted)
      this.failures.set(key, { count: before.count + 1, lastAt: nowMs, previousAt: before.lastAt });
    return { admitted: true };
  }

  override async forgive(keys: readonly string[]): Promise<void> {
    for (const key of keys) this.failures.delete(key);
  }

  override async takeBack(keys: readonly string[]): Promise<void> {
    for (const key of new Set(keys)) {
      const failures = this.failures.get(key);
      if (!failures) continue;
      const { count, previousAt } = failures;
      if (count > 1) this.failures.set(key, { count: count - 1, lastAt: previousAt, previousAt });
      else this.failures.delete(key);
    }
  }

  get size(): number {
    return this.failures.size;
  }

  private remembered(key: string, { forgetAfterMs }: BackOff, nowMs: number): Failures {
    const failures = this.failures.get(key);
    return failures && nowMs - failures.lastAt < forgetAfterMs ? failures : NO_FAILURES;
  }
}

function waitAfter(failuresBeyondFree: number, { firstWaitMs, longestWaitMs }: BackOff): number {
  return failuresBeyondFree > 0 ? Math.min(longestWaitMs, firstWaitMs * 2 ** (failuresBeyondFree - 1)) : 0;
}
