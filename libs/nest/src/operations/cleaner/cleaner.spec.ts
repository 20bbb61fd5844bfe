import { Logger } from '@nestjs/common';
import { OneAtATime } from '../../state/index.js';
import { Cleaner, CleanerOptions, type Chore } from './index.js';

/** A name for one of them, as many as there are. */
class OneName extends OneAtATime {
  isTaken = false;

  override async run(_name: string, work: () => Promise<void>): Promise<boolean> {
    if (this.isTaken) return false;
    this.isTaken = true;
    await work().finally(() => (this.isTaken = false));
    return true;
  }
}

class Heap implements Chore {
  calls = 0;

  constructor(
    readonly name: string,
    public left: number,
    private readonly meanwhile: () => unknown = () => undefined,
  ) {}

  async removeSome(): Promise<number> {
    this.calls += 1;
    await this.meanwhile();
    const removed = Math.min(this.left, 1_000);
    this.left -= removed;
    return removed;
  }
}

class Unreachable extends Error {}

describe('the cleaner', () => {
  const options = new CleanerOptions({ everySeconds: 10 });
  const warnings: string[] = [];
  beforeEach(() => {
    warnings.length = 0;
    jest.spyOn(Logger.prototype, 'warn').mockImplementation((message: string) => warnings.push(message));
  });
  afterEach(() => {
    jest.restoreAllMocks();
    jest.useRealTimers();
  });

  it('does every chore to its end, a part at a time, and lets go of the name in between', async () => {
    const names = new OneName();
    const taken: boolean[] = [];
    const heaps = [new Heap('a', 2_500, () => taken.push(names.isTaken)), new Heap('b', 0), new Heap('c', 1)];
    await new Cleaner(heaps, names, options).clean();
    expect(heaps.map(({ left, calls }) => [left, calls])).toEqual([
      [0, 4],
      [0, 1],
      [0, 2],
    ]);
    expect(taken).toEqual([true, true, true, true]);
    expect(names.isTaken).toBe(false);
  });

  it('leaves everything to another node that is at work', async () => {
    const names = new OneName();
    const heap = new Heap('a', 10);
    names.isTaken = true;
    await new Cleaner([heap], names, options).clean();
    expect(heap).toMatchObject({ left: 10, calls: 0 });
  });

  it('goes on with the next chore when one fails, names the class of the error alone, and tries again', async () => {
    let isAway = true;
    const failing = new Heap('a', 10, () => {
      if (isAway) throw new Unreachable('postgres://user:secret@host');
    });
    const cleaner = new Cleaner([failing, new Heap('b', 10)], new OneName(), options);
    await cleaner.clean();
    expect(warnings).toEqual(['a are not removed yet: Unreachable']);
    isAway = false;
    await cleaner.clean();
    expect(failing.left).toBe(0);
    expect(warnings).toHaveLength(1);
  });

  it('stops after the part that is under way when the application shuts down', async () => {
    const heap: Heap = new Heap('a', 100_000, () => {
      if (heap.calls === 3) void cleaner.onApplicationShutdown();
    });
    const next = new Heap('b', 1);
    const cleaner: Cleaner = new Cleaner([heap, next], new OneName(), options);
    const cleaned = cleaner.clean();
    await cleaned;
    expect([heap.calls, heap.left, next.calls]).toEqual([3, 97_000, 0]);
  });

  it('does not shut down before the part that is under way is over', async () => {
    let finish: () => void = () => undefined;
    const underWay = new Promise<void>((resolve) => (finish = resolve));
    const heap = new Heap('a', 10, () => underWay);
    const cleaner = new Cleaner([heap], new OneName(), options);
    void cleaner.clean();
    await new Promise(setImmediate);
    let isShut = false;
    const shut = cleaner.onApplicationShutdown().then(() => (isShut = true));
    await new Promise(setImmediate);
    expect(isShut).toBe(false);
    finish();
    await shut;
    expect(heap.left).toBe(0);
  });

  it('works from time to time once the application has started, until it shuts down', async () => {
    jest.useFakeTimers();
    const heap = new Heap('a', 0);
    const cleaner = new Cleaner([heap], new OneName(), options);
    await jest.advanceTimersByTimeAsync(60_000);
    expect(heap.calls).toBe(0);
    cleaner.onApplicationBootstrap();
    await jest.advanceTimersByTimeAsync(9_999);
    expect(heap.calls).toBe(0);
    await jest.advanceTimersByTimeAsync(20_001);
    expect(heap.calls).toBe(3);
    await cleaner.onApplicationShutdown();
    await jest.advanceTimersByTimeAsync(60_000);
    expect(heap.calls).toBe(3);
  });

  it('is never told to work all the time', () => {
    expect(new CleanerOptions().everyMs).toBe(600_000);
    for (const everySeconds of [0, 9, 9.5, -1, Number.NaN, 3_601])
      expect(() => new CleanerOptions({ everySeconds })).toThrow('everySeconds');
  });
});
