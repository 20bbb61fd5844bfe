import type { Redis } from 'ioredis';
import {
  AttemptStore,
  type Attempt,
  type AttemptBucket,
  type AttemptCounter,
  type BackOff,
} from '../../authorities/sessions/index.js';
import { temporarilyUnavailable } from '../../pipeline/index.js';
import { BEGIN_ATTEMPT, TAKE_BACK_ATTEMPT } from './attempt.scripts.js';
import { defineScript, type Script } from './define-script.js';

export interface RedisAttemptStoreOptions {
  readonly redis: Redis;
  /** Begins every key; nodes that share counts share it. */
  readonly keyPrefix?: string;
}

/** Failed sign-ins that nodes share. Throws a `temporarily_unavailable` problem when Redis does not answer in time. */
export class RedisAttemptStore extends AttemptStore {
  private readonly redis: Redis;
  private readonly prefix: string;
  private readonly beginAttempt: Script;
  private readonly takeBackAttempt: Script;

  constructor({ redis, keyPrefix = 'portcullis:' }: RedisAttemptStoreOptions) {
    super();
    this.redis = redis;
    // The braces make a cluster keep all of it in one slot, where one script reaches it.
    this.prefix = `${keyPrefix}{attempts}:`;
    this.beginAttempt = defineScript(redis, 'portcullisBeginAttempt', BEGIN_ATTEMPT);
    this.takeBackAttempt = defineScript(redis, 'portcullisTakeBackAttempt', TAKE_BACK_ATTEMPT);
  }

  override async begin(
    counters: readonly (AttemptCounter | AttemptBucket)[],
    backOff: BackOff,
    nowMs: number,
  ): Promise<Attempt> {
    const { firstWaitMs, longestWaitMs, forgetAfterMs } = backOff;
    const bounds = counters.flatMap((counter) =>
      'holds' in counter ? [counter.holds, counter.drainMsEach] : [counter.freeFailures, 0],
    );
    const values = [nowMs, firstWaitMs, longestWaitMs, Math.ceil(forgetAfterMs), ...bounds];
    const keys = this.named(counters.map(({ key }) => key));
    const retryAfterMs = (await answered(this.beginAttempt(keys, values))) as number;
    return retryAfterMs > 0 ? { admitted: false, retryAfterMs } : { admitted: true };
  }

  override async forgive(keys: readonly string[]): Promise<void> {
    if (keys.length > 0) await answered(this.redis.del(this.named(keys)));
  }

  override async takeBack(keys: readonly string[]): Promise<void> {
    if (keys.length > 0) await answered(this.takeBackAttempt(this.named([...new Set(keys)]), []));
  }

  override async remember(key: string, forMs: number, nowMs: number): Promise<void> {
    const keptMs = Math.ceil(forMs);
    await answered(this.redis.set(this.placeNamed(key), nowMs + keptMs, 'PX', keptMs));
  }

  override async knows(key: string, nowMs: number): Promise<boolean> {
    // Redis's own clock forgets; the nodes' clock decides.
    return Number(await answered(this.redis.get(this.placeNamed(key)))) > nowMs;
  }

  private placeNamed(key: string): string {
    return `${this.prefix}place:${key}`;
  }

  private named(keys: readonly string[]): string[] {
    return keys.map((key) => this.prefix + key);
  }
}

async function answered<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch {
    throw temporarilyUnavailable('attempt_store_unavailable');
  }
}
