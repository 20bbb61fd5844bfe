import type { RecordedChange } from './change.js';

/** How long a change that is read may be followed by one with a smaller number. */
const OVERLAP_MS = 10_000;
/** How many changes are read again at most. */
const CAPACITY = 20_000;

/** Much more than clocks of nodes may be apart: one of them removes what is over. */
const CLOCKS_DIFFER_MS = 60_000;

interface Seen {
  readonly change: RecordedChange;
  readonly firstSeenAtMs: number;
}

/** Which changes a node has read: those of the last seconds one by one, those before by the greatest of their numbers. */
export class ReadChanges {
  /** Nothing up to here is news. */
  private settled = 0;
  private last: RecordedChange | undefined;
  /** By number, in the order in which they were first seen. */
  private readonly seen = new Map<number, Seen>();

  /** The greatest number that was read. */
  get greatest(): number {
    return this.last?.sequence ?? 0;
  }

  /** Where to begin so that none is missed which was committed late under a small number, and the last one is seen again. */
  get overlapping(): number {
    return Math.max(0, Math.min(this.settled, this.greatest - 1));
  }

  /** Notes changes that were read; those that had not been. Throws TypeError where one has no number: what follows it is unknown. */
  take(page: readonly RecordedChange[], nowMs: number): RecordedChange[] {
    if (!page.every(({ sequence }) => Number.isSafeInteger(sequence)))
      throw new TypeError('change feed: a change without a number');
    const last = page.at(-1);
    if (last && last.sequence >= this.greatest) this.last = last;
    return page.filter((change) => this.note(change, nowMs));
  }

  /** Notes changes that this node recorded itself. What lies before them has not been read. */
  takeOwn(changes: readonly RecordedChange[], nowMs: number): void {
    for (const change of changes) this.note(change, nowMs);
  }

  /** Lets go of what was first seen long enough ago. */
  settle(nowMs: number): void {
    for (const [sequence, { firstSeenAtMs }] of this.seen) {
      if (nowMs - firstSeenAtMs < OVERLAP_MS && this.seen.size <= CAPACITY) return;
      this.seen.delete(sequence);
      this.settled = Math.max(this.settled, sequence);
    }
  }

  /** Whether a number that was seen stands for another change now: the store was put back, and gives its numbers out again. */
  contradicts(page: readonly RecordedChange[]): boolean {
    return page.some((change) => {
      const { sequence } = change;
      const known = this.seen.get(sequence)?.change ?? (sequence === this.greatest ? this.last : undefined);
      return known !== undefined && !isSame(known, change);
    });
  }

  /** Whether the last one that was read is gone from where it was. */
  missesLastIn(page: readonly RecordedChange[]): boolean {
    return this.last !== undefined && !page.some(({ sequence }) => sequence === this.greatest);
  }

  /** Whether the last one that was read may have been removed because it is over; not for certain before so much later. */
  isLastOver(nowMs: number): boolean {
    return this.last !== undefined && this.last.expiresAt.getTime() - CLOCKS_DIFFER_MS < nowMs;
  }

  private note(change: RecordedChange, nowMs: number): boolean {
    const { sequence } = change;
    if (sequence <= this.settled || this.seen.has(sequence)) return false;
    this.seen.set(sequence, { change, firstSeenAtMs: nowMs });
    return true;
  }
}

function isSame(one: RecordedChange, other: RecordedChange): boolean {
  return (
    one.kind === other.kind && one.id === other.id && one.recordedAt.getTime() === other.recordedAt.getTime()
  );
}
