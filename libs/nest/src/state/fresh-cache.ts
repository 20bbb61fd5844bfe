import { LRUCache } from 'lru-cache';
import type { Clock } from '../pipeline/index.js';

export interface FreshCacheOptions<V> {
  /** How old a copy may be before it is read again; what is announced as changed is dropped earlier. */
  readonly maxAgeMs: number;
  /** How many copies are kept, and as many keys that stand for nothing. */
  readonly capacity: number;
  readonly clock: Clock;
  /** Reads from the store; undefined when there is no such thing. */
  readonly load: (key: string) => Promise<V | undefined>;
}

interface Copy<V> {
  readonly value: V | undefined;
  readonly readAt: number;
}

/**
 * Copies of what a store holds, for the hot path: answered at once while they are fresh, read once however many ask.
 * Keys that stand for nothing are remembered apart, so that a stranger who makes them up displaces no real copy.
 */
export class FreshCache<V extends object> {
  private readonly found: LRUCache<string, Copy<V>>;
  private readonly missing: LRUCache<string, Copy<V>>;
  private readonly loading = new Map<string, Promise<V | undefined>>();

  constructor(private readonly options: FreshCacheOptions<V>) {
    // By size, one each: `max` would lay out room for all of them when the application starts.
    const bounded = { maxSize: options.capacity, sizeCalculation: () => 1 };
    this.found = new LRUCache(bounded);
    this.missing = new LRUCache(bounded);
  }

  /** Throws what the store throws when it has to be asked. */
  get(key: string): V | undefined | Promise<V | undefined> {
    const copy = this.found.get(key) ?? this.missing.get(key);
    if (copy && this.options.clock.now() - copy.readAt <= this.options.maxAgeMs) return copy.value;
    return this.loading.get(key) ?? this.read(key);
  }

  /** The copy as it is remembered, however old. */
  peek(key: string): V | undefined {
    return this.found.peek(key)?.value;
  }

  drop(key: string): void {
    this.found.delete(key);
    this.missing.delete(key);
    // Whoever is reading may have read what was before: their answer is not kept.
    this.loading.delete(key);
  }

  clear(): void {
    this.found.clear();
    this.missing.clear();
    this.loading.clear();
  }

  private read(key: string): Promise<V | undefined> {
    const readAt = this.options.clock.now();
    const reading = this.options.load(key).then(
      (value) => {
        if (this.loading.get(key) === reading) {
          this.loading.delete(key);
          this.keep(key, { value, readAt });
        }
        return value;
      },
      (error: unknown) => {
        if (this.loading.get(key) === reading) this.loading.delete(key);
        throw error;
      },
    );
    this.loading.set(key, reading);
    return reading;
  }

  private keep(key: string, copy: Copy<V>): void {
    const [kept, other] = copy.value ? [this.found, this.missing] : [this.missing, this.found];
    kept.set(key, copy);
    other.delete(key);
  }
}
