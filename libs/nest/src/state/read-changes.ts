import type { RecordedChange } from './change.js';

/** How long a change that is read may be followed by one with a smaller number. */
const OVERLAP_MS = 10_000;
/** How many changes are read again at most. */
const CAPACITY = 20_000;

/** Which changes a node has read: those of the last seconds by their numbers, those before by the greatest of them. */
export class ReadChanges {
  /** Nothing up to here is read again. */
  private settled = 0;
  private last = 0;
  /** When a number was first seen, in the order in which they were. */
  private readonly firstSeenAt = new Map<number, number>();

  /** The greatest number that was read. */
  get greatest(): number {
    return this.last;
  }

  /** Where to begin so that none is missed which was committed late under a small number. */
  get overlapping(): number {
    return this.settled;
  }

  /** Notes changes that were read; those that had not been. Throws TypeError where one has no number: what follows it is unknown. */
  take(page: readonly RecordedChange[], now: number): RecordedChange[] {
    if (!page.every(({ sequence }) => Number.isSafeInteger(sequence)))
      throw new TypeError('change feed: a change without a number');
    this.last = Math.max(this.last, page.at(-1)?.sequence ?? 0);
    return page.filter((change) => this.note(change, now));
  }

  /** Notes changes that this node recorded itself. What lies before them has not been read. */
  takeOwn(changes: readonly RecordedChange[], now: number): void {
    for (const change of changes) this.note(change, now);
  }

  /** Lets go of what was first seen long enough ago. */
  settle(now: number): void {
    for (const [sequence, seenAt] of this.firstSeenAt) {
      if (now - seenAt < OVERLAP_MS && this.firstSeenAt.size <= CAPACITY) return;
      this.firstSeenAt.delete(sequence);
      this.settled = Math.max(this.settled, sequence);
    }
  }

  private note({ sequence }: RecordedChange, now: number): boolean {
    if (this.firstSeenAt.has(sequence)) return false;
    this.firstSeenAt.set(sequence, now);
    return true;
  }
}
