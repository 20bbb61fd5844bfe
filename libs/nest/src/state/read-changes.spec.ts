import type { RecordedChange } from './change.js';
import { ReadChanges } from './read-changes.js';

const AT = new Date(0);

function changes(...sequences: readonly number[]): RecordedChange[] {
  return sequences.map((sequence) => ({
    sequence,
    kind: 'app',
    id: String(sequence),
    recordedAt: AT,
    expiresAt: AT,
  }));
}

const sequencesOf = (taken: readonly RecordedChange[]) => taken.map(({ sequence }) => sequence);

describe('Changes that a node has read', () => {
  it('are known from those that it has not', () => {
    const read = new ReadChanges();
    expect(sequencesOf(read.take(changes(1, 2, 4), 0))).toEqual([1, 2, 4]);
    expect(sequencesOf(read.take(changes(1, 2, 3, 4, 5), 0))).toEqual([3, 5]);
    expect(read.take([], 0)).toEqual([]);
    expect(read.greatest).toBe(5);
  });

  it('are read again for ten seconds, and then no more', () => {
    const read = new ReadChanges();
    read.take(changes(1, 2), 0);
    read.take(changes(3), 4_000);
    read.settle(9_999);
    expect(read.overlapping).toBe(0);
    read.settle(10_000);
    expect(read.overlapping).toBe(2);
    read.settle(14_000);
    // From before the last one on: it is looked at again, and no news.
    expect(read.overlapping).toBe(2);
    expect(read.take(changes(3), 14_000)).toEqual([]);
  });

  it('do not begin later because one came late under a small number, and end with it', () => {
    const read = new ReadChanges();
    read.take(changes(5), 0);
    read.take(changes(3, 5), 6_000);
    read.settle(10_000);
    expect(read.overlapping).toBe(4);
    read.settle(16_000);
    expect(read.overlapping).toBe(4);
    expect(read.take(changes(3, 5), 16_000)).toEqual([]);
  });

  it('are not taken for all before them when the node recorded them itself', () => {
    const read = new ReadChanges();
    read.takeOwn(changes(7), 0);
    expect(read.greatest).toBe(0);
    expect(sequencesOf(read.take(changes(6, 7), 0))).toEqual([6]);
  });

  it('are a bounded number, though no time passes', () => {
    const read = new ReadChanges();
    const many = Array.from({ length: 50_000 }, (_, at) => at + 1);
    read.take(changes(...many), 0);
    read.settle(0);
    expect(read.overlapping).toBe(30_000);
    expect(sequencesOf(read.take(changes(30_001, 50_000, 50_001), 0))).toEqual([50_001]);
  });
});
