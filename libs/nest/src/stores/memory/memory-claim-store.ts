import {
  ClaimStore,
  temporarilyUnavailable,
  type Claim,
  type Clock,
  type Committed,
} from '../../pipeline/index.js';

export interface MemoryClaimStoreOptions {
  /**
   * Milliseconds since the epoch: what was issued up to then may have been claimed in a memory that is gone, and is
   * refused.
   */
  readonly forgottenUntil: number;
  /** How many live claims are held before further ones are answered 503; a bound on memory, not a target. */
  readonly capacity?: number;
}

const DEFAULT_CAPACITY = 1_000_000;
const SECOND = 1000;

/** Claims of one process. Kept in buckets by the second in which they end, so that forgetting costs nothing per claim. */
export class MemoryClaimStore extends ClaimStore {
  private readonly live = new Set<string>();
  private readonly endingAt = new Map<number, string[]>();
  private sweptUntil: number;
  private readonly capacity: number;

  constructor(
    private readonly clock: Clock,
    private readonly options: MemoryClaimStoreOptions,
  ) {
    super();
    this.capacity = options.capacity ?? DEFAULT_CAPACITY;
    this.sweptUntil = Math.floor(clock.now() / SECOND);
  }

  override commit(claims: readonly Claim[]): Committed {
    this.sweep();
    for (const claim of claims) {
      if (claim.issuedAt <= this.options.forgottenUntil) return { outcome: 'forgotten', claim };
      if (this.live.has(claim.key)) return { outcome: 'used', claim };
    }
    if (new Set(claims.map(({ key }) => key)).size < claims.length)
      throw new TypeError('one request makes one claim twice');
    if (this.live.size + claims.length > this.capacity) throw temporarilyUnavailable('claim_store_full');
    for (const claim of claims) this.take(claim);
    return { outcome: 'committed' };
  }

  get size(): number {
    return this.live.size;
  }

  private take({ key, expiresAt }: Claim): void {
    this.live.add(key);
    // Rounded up: a claim may live longer than asked, never shorter. Never into a bucket that was swept already.
    const second = Math.max(Math.ceil(expiresAt / SECOND), this.sweptUntil + 1);
    const bucket = this.endingAt.get(second);
    if (bucket) bucket.push(key);
    else this.endingAt.set(second, [key]);
  }

  private sweep(): void {
    const now = Math.floor(this.clock.now() / SECOND);
    if (now <= this.sweptUntil) return;
    for (const [second, keys] of this.endingAt) {
      if (second > now) continue;
      for (const key of keys) this.live.delete(key);
      this.endingAt.delete(second);
    }
    this.sweptUntil = now;
  }
}
