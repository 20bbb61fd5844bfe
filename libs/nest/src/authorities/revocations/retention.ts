const MARGIN_MS = 60_000;
const SHORTEST_MS = 2 * 3_600_000;

/** How long a revocation is remembered: as long as anything that it revokes could still be held up to a node. */
export class RevocationRetention {
  private readonly longestLifeMs: number;

  /** The longest lives of what revocations revoke, in milliseconds: tokens with the skew that is granted them, copies of sessions. */
  constructor(livesMs: readonly number[]) {
    this.longestLifeMs = Math.max(SHORTEST_MS, ...livesMs) + MARGIN_MS;
    if (!Number.isSafeInteger(Math.ceil(this.longestLifeMs)))
      throw new TypeError('RevocationRetention: expected lives that end');
  }

  /** When nothing that was begun by then can be alive any more. */
  expiresAt(nowMs: number): Date {
    return new Date(nowMs + this.longestLifeMs);
  }
}
