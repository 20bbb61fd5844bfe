import type { Change, RecordedChange } from './change.js';

/** Changes in the order of their commits. Takes part in `Transactions`. */
export abstract class ChangeStore {
  /**
   * Adds changes, numbered in the order in which transactions commit: the numbering and the commit happen under one lock, so
   * call it last in a transaction.
   */
  abstract append(changes: readonly Change[], recordedAt: Date): Promise<readonly RecordedChange[]>;
  /** Changes with a greater sequence, in its order, at most `limit` of them. */
  abstract after(sequence: number, limit: number): Promise<readonly RecordedChange[]>;
  /** The greatest sequence that was given out, of what has been removed as well; 0: none was. */
  abstract lastSequence(): Promise<number>;
  /** Newest revocations that have not expired. */
  abstract liveRevocations(now: Date, limit: number): Promise<readonly RecordedChange[]>;
  /** Removes changes that expired before `now`, at most 1,000; how many it removed. */
  abstract removeExpired(now: Date): Promise<number>;
}
