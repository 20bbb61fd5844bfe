import { Injectable } from '@nestjs/common';
import { Clock } from '../../pipeline/index.js';
import { AuditTrail, ChangeFeed, Transactions } from '../../state/index.js';
import { RevocationRetention, sessionEnded } from '../revocations/index.js';
import { UserSessions } from '../users/index.js';
import { SessionStore } from './session.store.js';

/** Ends all sessions of a user. Apart from `Sessions`, which needs the users that need this. */
@Injectable()
export class StoredUserSessions extends UserSessions {
  constructor(
    private readonly store: SessionStore,
    private readonly transactions: Transactions,
    private readonly changes: ChangeFeed,
    private readonly audit: AuditTrail,
    private readonly retention: RevocationRetention,
    private readonly clock: Clock,
  ) {
    super();
  }

  override endAllOf(userId: string): Promise<void> {
    return this.endThose(userId, () => this.store.removeAllOf(userId));
  }

  override endAllThrough(userId: string, appId: string): Promise<void> {
    return this.endThose(userId, () => this.store.removeAllThrough({ userId, appId }), { appId });
  }

  private endThose(userId: string, remove: () => Promise<string[]>, details = {}): Promise<void> {
    return this.transactions.run(async () => {
      const ids = await remove();
      if (ids.length === 0) return;
      await this.audit.record({
        action: 'sessions.ended-all',
        subject: { kind: 'user', id: userId },
        details: { sessions: ids.length, ...details },
      });
      const ending = { endedAtMs: this.clock.now(), retention: this.retention };
      await this.changes.record(ids.map((id) => sessionEnded({ id, ...ending })));
    });
  }
}
