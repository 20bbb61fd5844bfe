import {
  ClaimStore,
  temporarilyUnavailable,
  type Claim,
  type Clock,
  type Committed,
  type KeptClaim,
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
  /** What was issued up to then is refused: milliseconds since the epoch. */
  forgottenUntil: number;

  constructor(
    private readonly clock: Clock,
    options: MemoryClaimStoreOptions,
  ) {
    super();
    this.forgottenUntil = options.forgottenUntil;
    this.capacity = options.capacity ?? DEFAULT_CAPACITY;
    this.sweptUntil = Math.floor(clock.now() / SECOND);
  }

  override commit(claims: readonly Claim[]): Committed {
    this.sweep();
    for (const claim of claims) {
      if (claim.issuedAt <= this.forgottenUntil || this.isOver(claim)) return { outcome: 'forgotten', claim };
      if (this.live.has(claim.key)) return { outcome: 'used', claim };
    }
    if (claims.length > 1 && new Set(claims.map(({ key }) => key)).size < claims.length)
      throw new TypeError('one request makes one claim twice');
    if (this.live.size + claims.length > this.capacity) throw temporarilyUnavailable('claim_store_full');
    for (const claim of claims) this.take(claim);
    return { outcome: 'committed' };
  }

  get size(): number {
    return this.live.size;
  }

  /** Takes over claims of a memory before this one. */
  load(claims: Iterable<KeptClaim>): void {
    for (const claim of claims) if (!this.live.has(claim.key)) this.take(claim);
  }

  /** What `load` needs to go on from here. A claim ends up to a second later than it was asked to. */
  liveClaims(): KeptClaim[] {
    this.sweep();
    return [...this.endingAt].flatMap(([second, keys]) =>
      keys.map((key) => ({ key, expiresAt: second * SECOND })),
    );
  }

  /** An earlier claim with its key would be swept away. Negated, for NaN is over, too. */
  private isOver({ expiresAt }: Claim): boolean {
    return !(Math.ceil(expiresAt / SECOND) > this.sweptUntil);
  }

  private take({ key, expiresAt }: KeptClaim): void {
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
