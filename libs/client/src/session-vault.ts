import {
  isSameVersion,
  readKeptSession,
  writeKeptSession,
  type KeptSession,
  type TokenSession,
} from './kept-session.js';
import type { SessionStore } from './session-store.js';

/** The store, of which this process changes what is there one step after the other: no refresh brings back who signed out. */
export class SessionVault {
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly store: SessionStore) {}

  async load(): Promise<KeptSession | undefined> {
    const text: unknown = await this.store.load();
    // Libraries for the Keychain say null, or false, where there is nothing.
    return typeof text === 'string' ? readKeptSession(text) : undefined;
  }

  save(session: KeptSession): Promise<void> {
    return this.inTurn(async () => this.store.save(writeKeptSession(session)));
  }

  /** Leaves nothing behind; what was there. */
  take(): Promise<KeptSession | undefined> {
    return this.inTurn(async () => {
      const kept = await this.load();
      await this.store.clear();
      return kept;
    });
  }

  /** `next` in the place of `known`, unless something else is there by now. What is there afterwards. */
  replace(known: TokenSession, next: TokenSession): Promise<KeptSession | undefined> {
    return this.inTurn(async () => {
      const kept = await this.load();
      if (!isSameVersion(kept, known)) return kept;
      await this.store.save(writeKeptSession(next));
      return next;
    });
  }

  /** Clears the store, unless something else than `known` is there by now. */
  remove(known: TokenSession): Promise<{ isRemoved: boolean; kept: KeptSession | undefined }> {
    return this.inTurn(async () => {
      const kept = await this.load();
      if (!isSameVersion(kept, known)) return { isRemoved: false, kept };
      await this.store.clear();
      return { isRemoved: true, kept: undefined };
    });
  }

  private inTurn<T>(step: () => Promise<T>): Promise<T> {
    const done = this.last.then(step);
    this.last = done.catch(() => {});
    return done;
  }
}
