import type { Lease } from './lease.js';
import type { LeaseLimits } from './lease-queue.js';
import type { OpenDatabase } from './open-database.js';

/** Opens on first use, once however many ask at the same moment, and closes behind its last user. */
export class EmbeddedDatabase {
  readonly #users = new Set<object>();
  #open: Promise<OpenDatabase> | undefined;
  #closing: Promise<void> = Promise.resolve();

  constructor(
    private readonly dataDir: string,
    private readonly limits: LeaseLimits,
  ) {}

  async lease(user: object): Promise<Lease> {
    const known = this.#users.has(user);
    this.#users.add(user);
    try {
      const { leases } = await this.#opened();
      return await leases.acquire();
    } catch (error) {
      // TypeORM does not end a pool whose first connection failed; it must not keep the database open.
      if (!known) await this.leave(user).catch(() => undefined);
      throw error;
    }
  }

  leave(user: object): Promise<void> {
    this.#users.delete(user);
    const open = this.#open;
    if (this.#users.size > 0 || !open) return this.#closing;
    this.#open = undefined;
    const closed = open.then(
      (database) => database.stop(),
      () => undefined,
    );
    this.#closing = closed.catch(() => undefined);
    return closed;
  }

  #opened(): Promise<OpenDatabase> {
    if (this.#open) return this.#open;
    const open = this.#closing.then(() => this.#start());
    this.#open = open;
    open.catch(() => {
      // The reason may pass (a folder in use); the next caller tries again.
      if (this.#open === open) this.#open = undefined;
    });
    return open;
  }

  async #start(): Promise<OpenDatabase> {
    // Now, and not with this file: who has a server does without the package of the embedded one.
    const { OpenDatabase } = await import('./open-database.js');
    return OpenDatabase.start(this.dataDir, this.limits);
  }
}
