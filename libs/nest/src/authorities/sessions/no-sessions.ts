import { SessionKeys } from '../../layers/user/index.js';

/** For an application that keeps no sessions: no text is a session's key. */
export class NoSessions extends SessionKeys {
  override find(): undefined {
    return undefined;
  }

  override noteUse(): void {
    // There is nothing to note it on.
  }
}
