import { SessionStore } from './session-store.js';

/** Ends with the process. */
export class MemorySessionStore extends SessionStore {
  private session: string | undefined;

  override load(): string | undefined {
    return this.session;
  }

  override save(session: string): void {
    this.session = session;
  }

  override clear(): void {
    this.session = undefined;
  }
}
