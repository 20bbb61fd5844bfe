import { Injectable } from '@nestjs/common';
import { SessionStore } from '../../authorities/sessions/index.js';
import { Clock } from '../../pipeline/index.js';
import { ChangeStore } from '../../state/index.js';
import type { Chore } from './chore.js';

/**
 * Changes that no node has to hear of any more, and revocations of what is gone. None while a session is left that one of these
 * covers, because it was in use or could not be removed: without the revocation nobody would know that it must go.
 */
@Injectable()
export class ExpiredChangesChore implements Chore {
  readonly name = 'changes that have expired';

  constructor(
    private readonly changes: ChangeStore,
    private readonly sessions: SessionStore,
    private readonly clock: Clock,
  ) {}

  async removeSome(): Promise<number> {
    const now = new Date(this.clock.now());
    return (await this.sessions.hasRevoked(now)) ? 0 : this.changes.removeExpired(now);
  }
}
