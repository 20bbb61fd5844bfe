import { Clock } from '../pipeline/index.js';
import { FreshCache } from './fresh-cache.js';

class SetClock extends Clock {
  constructor(public ms = 0) {
    super();
  }

  override now(): number {
    return this.ms;
  }
}

interface Thing {
  readonly version: number;
}

const MAX_AGE_MS = 1_000;

/** A store of which every read waits until the test answers it. */
class SlowStore {
  readonly asked: string[] = [];
  private readonly waiting: { answer(thing: Thing | undefined): void; fail(error: Error): void }[] = [];

  readonly load = (key: string): Promise<Thing | undefined> => {
    this.asked.push(key);
    return new Promise((answer, fail) => this.waiting.push({ answer, fail }));
  };

  answer(thing: Thing | undefined): void {
    this.waiting.shift()?.answer(thing);
  }

  fail(error: Error): void {
    this.waiting.shift()?.fail(error);
  }
}

describe('Copies of what a store holds', () => {
  let clock: SetClock;
  let store: SlowStore;
  let cache: FreshCache<Thing>;

  beforeEach(() => {
    clock = new SetClock();
    store = new SlowStore();
    cache = new FreshCache({ clock, maxAgeMs: MAX_AGE_MS, capacity: 10, load: store.load });
  });

  /** Reads a key for the first time. */
  const remember = async (key: string, thing: Thing | undefined) => {
    const reading = cache.get(key);
    store.answer(thing);
    await reading;
  };

  it('are read once, however many ask at the same time', async () => {
    const readings = Array.from({ length: 50 }, () => cache.get('a'));
    store.answer({ version: 1 });
    for (const thing of await Promise.all(readings)) expect(thing).toEqual({ version: 1 });
    expect(store.asked).toEqual(['a']);
  });

  it('are read for each key by itself', async () => {
    const [a, b] = [cache.get('a'), cache.get('b')];
    store.answer({ version: 1 });
    store.answer({ version: 2 });
    expect(await Promise.all([a, b])).toEqual([{ version: 1 }, { version: 2 }]);
  });

  it('are answered at once, without a promise, while they are fresh', async () => {
    await remember('a', { version: 1 });
    clock.ms += MAX_AGE_MS;
    expect(cache.get('a')).toEqual({ version: 1 });
    expect(store.asked).toEqual(['a']);
  });

  it('are read again when they are older', async () => {
    await remember('a', { version: 1 });
    clock.ms += MAX_AGE_MS + 1;
    const again = cache.get('a');
    store.answer({ version: 2 });
    expect(await again).toEqual({ version: 2 });
    expect(cache.get('a')).toEqual({ version: 2 });
  });

  it('are as old as the question, not as the answer', async () => {
    const reading = cache.get('a');
    clock.ms += MAX_AGE_MS + 1;
    store.answer({ version: 1 });
    await reading;
    expect(cache.get('a')).toBeInstanceOf(Promise);
    store.answer(undefined);
  });

  it('are shown however old they are to who only peeks, and nothing is read for that', async () => {
    expect(cache.peek('a')).toBeUndefined();
    await remember('a', { version: 1 });
    clock.ms += 10 * MAX_AGE_MS;
    expect(cache.peek('a')).toEqual({ version: 1 });
    expect(store.asked).toEqual(['a']);
  });

  it('are read again after a drop', async () => {
    await remember('a', { version: 1 });
    cache.drop('a');
    expect(cache.peek('a')).toBeUndefined();
    await remember('a', { version: 2 });
    expect(cache.get('a')).toEqual({ version: 2 });
  });

  it('are not kept when what they copy changed while it was read', async () => {
    const early = cache.get('a');
    cache.drop('a');
    const late = cache.get('a');
    expect(store.asked).toEqual(['a', 'a']);
    store.answer({ version: 1 });
    expect(await early).toEqual({ version: 1 });
    expect(cache.peek('a')).toBeUndefined();
    store.answer({ version: 2 });
    expect(await late).toEqual({ version: 2 });
    expect(cache.get('a')).toEqual({ version: 2 });
  });

  it('are the newer ones when the older answer comes last', async () => {
    const waiting: ((thing: Thing) => void)[] = [];
    const load = () => new Promise<Thing>((answer) => waiting.push(answer));
    cache = new FreshCache({ clock, maxAgeMs: MAX_AGE_MS, capacity: 10, load });
    const early = cache.get('a');
    cache.drop('a');
    const late = cache.get('a');
    waiting[1]?.({ version: 2 });
    await late;
    waiting[0]?.({ version: 1 });
    await early;
    expect(cache.get('a')).toEqual({ version: 2 });
  });

  it('are not made of a failure: all who ask are told, and the next one reads again', async () => {
    const readings = [cache.get('a'), cache.get('a')];
    store.fail(new Error('away'));
    for (const reading of readings) await expect(reading).rejects.toThrow('away');
    expect(store.asked).toEqual(['a']);
    await remember('a', { version: 1 });
    expect(cache.get('a')).toEqual({ version: 1 });
  });

  it('are not answered for when they are aged and the store is away', async () => {
    await remember('a', { version: 1 });
    clock.ms += MAX_AGE_MS + 1;
    const reading = cache.get('a');
    store.fail(new Error('away'));
    await expect(reading).rejects.toThrow('away');
    expect(cache.get('a')).toBeInstanceOf(Promise);
    store.answer({ version: 1 });
  });

  it('are kept of a failed reading as little as of one that a drop overtook', async () => {
    const early = cache.get('a');
    cache.drop('a');
    const late = cache.get('a');
    store.fail(new Error('away'));
    await expect(early).rejects.toThrow('away');
    expect(cache.get('a')).toBe(late);
    store.answer({ version: 2 });
    expect(await late).toEqual({ version: 2 });
  });

  it('[B10] of nothing are remembered too, and as long', async () => {
    await remember('nobody', undefined);
    expect(cache.get('nobody')).toBeUndefined();
    expect(store.asked).toEqual(['nobody']);
    clock.ms += MAX_AGE_MS + 1;
    const again = cache.get('nobody');
    store.answer({ version: 1 });
    expect(await again).toEqual({ version: 1 });
    expect(cache.get('nobody')).toEqual({ version: 1 });
  });

  it('turn into nothing when the store has lost what they copied', async () => {
    await remember('a', { version: 1 });
    clock.ms += MAX_AGE_MS + 1;
    await remember('a', undefined);
    expect(cache.get('a')).toBeUndefined();
    expect(cache.peek('a')).toBeUndefined();
  });

  it('[B10] stay, whatever number of keys a stranger makes up, and those are bounded', async () => {
    for (let at = 0; at < 10; at++) await remember(`app-${at}`, { version: at });
    for (let at = 0; at < 1_000; at++) await remember(`made-up-${at}`, undefined);
    store.asked.length = 0;
    for (let at = 0; at < 10; at++) expect(cache.get(`app-${at}`)).toEqual({ version: at });
    expect(store.asked).toEqual([]);
    const remembered = Array.from({ length: 1_000 }, (_, at) => cache.get(`made-up-${at}`)).filter(
      (answer) => !(answer instanceof Promise),
    );
    expect(remembered).toHaveLength(10);
    for (let at = 0; at < 1_000; at++) store.answer(undefined);
  });

  it('are at most as many as there is room for; the longest unused goes', async () => {
    for (let at = 0; at < 10; at++) await remember(`app-${at}`, { version: at });
    cache.get('app-0');
    await remember('app-10', { version: 10 });
    expect(cache.peek('app-0')).toEqual({ version: 0 });
    expect(cache.peek('app-1')).toBeUndefined();
  });

  it('are all gone after clear, those of nothing and those under way included', async () => {
    await remember('a', { version: 1 });
    await remember('nobody', undefined);
    const underWay = cache.get('b');
    cache.clear();
    store.answer({ version: 1 });
    await underWay;
    store.asked.length = 0;
    for (const key of ['a', 'nobody', 'b']) {
      const reading = cache.get(key);
      expect(reading).toBeInstanceOf(Promise);
      store.answer(undefined);
    }
    expect(store.asked).toEqual(['a', 'nobody', 'b']);
  });
});
