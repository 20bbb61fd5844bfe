import { hash } from 'node:crypto';

const MINUTE_MS = 60_000;
/** A longer id is remembered by its digest: what one costs must not be up to whoever made it up. */
const LONGEST_ID = 48;
/** One large map is laid out anew at once when it grows, and everybody waits for that. */
const SHARDS = 64;

/** Whole minutes, rounded up: a small integer rests in the map itself, where a time in milliseconds would take 16 bytes beside it. */
export function minuteOf(expiresAt: Date): number {
  return Math.ceil(expiresAt.getTime() / MINUTE_MS);
}

export function isPast(minute: number, nowMs: number): boolean {
  return minute * MINUTE_MS <= nowMs;
}

/** What was revoked, by id, until it expires. Looking one up costs the same however many there are. */
export class ExpiringEntries<V> {
  private readonly shards = Array.from({ length: SHARDS }, () => new Map<string, V>());
  private sweptShard = 0;
  private swept: IterableIterator<[string, V]> | undefined;

  /** `minuteOfEntry`: the minute in which an entry expires. */
  constructor(private readonly minuteOfEntry: (entry: V) => number) {}

  get size(): number {
    return this.shards.reduce((sum, { size }) => sum + size, 0);
  }

  /** Undefined also for an entry that has expired. */
  get(id: string, nowMs: () => number): V | undefined {
    const key = keyOf(id);
    const entry = this.shardOf(key).get(key);
    // The time is asked for when there is something: on the hot path there hardly ever is.
    return entry === undefined || isPast(this.minuteOfEntry(entry), nowMs()) ? undefined : entry;
  }

  set(id: string, entry: V): void {
    const key = keyOf(id);
    this.shardOf(key).set(key, entry);
  }

  /** Looks at some entries, going on where it stopped, and forgets those of them that have expired. */
  forgetExpired(nowMs: number, examined: number): void {
    for (let left = examined; left > 0; left -= 1) {
      const shard = this.shards[this.sweptShard] as Map<string, V>;
      // It sees what is added or removed meanwhile.
      this.swept ??= shard.entries();
      const next = this.swept.next();
      if (next.done) this.sweepNextShard();
      else if (isPast(this.minuteOfEntry(next.value[1]), nowMs)) shard.delete(next.value[0]);
    }
  }

  private sweepNextShard(): void {
    this.sweptShard = (this.sweptShard + 1) % SHARDS;
    this.swept = undefined;
  }

  /** By the last characters: they differ in random ids and in those that count alike. */
  private shardOf(key: string): Map<string, V> {
    const code = key.charCodeAt(key.length - 2) * 31 + key.charCodeAt(key.length - 1);
    return this.shards[code & (SHARDS - 1)] as Map<string, V>;
  }
}

/** No id has a control character, so that none is taken for the digest of another. */
function keyOf(id: string): string {
  return id.length <= LONGEST_ID ? id : `\0${hash('sha256', id, 'base64url')}`;
}
