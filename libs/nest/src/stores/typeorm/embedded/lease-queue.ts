import { DatabaseBusy } from './database-busy.js';
import { LeaseExpired } from './lease-expired.js';
import { Lease } from './lease.js';
import type { Session } from './session.js';

export interface LeaseLimits {
  readonly timeoutMs: number;
  readonly maxHoldMs: number;
}

interface Waiting {
  readonly take: (lease: Lease) => void;
  readonly refuse: (reason: Error) => void;
}

/** First come, first served, one at a time; nobody waits or holds for ever. */
export class LeaseQueue {
  readonly #waiting = new Set<Waiting>();
  #current: Lease | undefined;
  #closed: Error | undefined;

  constructor(
    private readonly session: Session,
    private readonly limits: LeaseLimits,
  ) {}

  acquire(): Promise<Lease> {
    if (this.#closed) return Promise.reject(this.#closed);
    if (!this.#current) return Promise.resolve(this.#grant());
    return new Promise((resolve, reject) => {
      const { timeoutMs } = this.limits;
      const timer = setTimeout(() => {
        this.#waiting.delete(waiting);
        reject(new DatabaseBusy(timeoutMs));
      }, timeoutMs);
      const waiting: Waiting = {
        take: (lease) => (clearTimeout(timer), resolve(lease)),
        refuse: (reason) => (clearTimeout(timer), reject(reason)),
      };
      this.#waiting.add(waiting);
    });
  }

  /** Refuses everybody who waits and cuts off the holder, after its running statement. */
  async close(reason: Error): Promise<void> {
    this.#closed ??= reason;
    for (const waiting of this.#waiting) waiting.refuse(reason);
    this.#waiting.clear();
    await this.#current?.revoke(reason).catch(() => undefined);
  }

  #grant(): Lease {
    const { maxHoldMs } = this.limits;
    const lease = new Lease(this.session, () => {
      clearTimeout(timer);
      // Not at once: callers who wait in line would otherwise let no timer, signal or socket have a turn.
      setImmediate(() => this.#next());
    });
    const timer = setTimeout(() => {
      // A failed rollback is remembered by the session, which refuses the next holder's queries.
      lease.revoke(new LeaseExpired(maxHoldMs)).catch(() => undefined);
    }, maxHoldMs);
    this.#current = lease;
    return lease;
  }

  #next(): void {
    this.#current = undefined;
    const [first] = this.#waiting;
    if (!first) return;
    this.#waiting.delete(first);
    first.take(this.#grant());
  }
}
