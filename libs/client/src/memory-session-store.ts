import { SessionStore } from './session-store.js';

/** Ends with the process. */
export class MemorySessionStore extends SessionStore {
  private sessionKey: string | undefined;

  override load(): string | undefined {
    return this.sessionKey;
  }

  override save(sessionKey: string): void {
    this.sessionKey = sessionKey;
  }

  override clear(): void {
    this.sessionKey = undefined;
  }
}
