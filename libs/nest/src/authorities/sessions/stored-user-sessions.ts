import { Injectable } from '@nestjs/common';
import { Announcements, AuditTrail, Transactions } from '../../state/index.js';
import { UserSessions } from '../users/index.js';
import { SessionStore } from './session.store.js';

/** Ends all sessions of a user. Apart from `Sessions`, which needs the users that need this. */
@Injectable()
export class StoredUserSessions extends UserSessions {
  constructor(
    private readonly store: SessionStore,
    private readonly transactions: Transactions,
    private readonly announcements: Announcements,
    private readonly audit: AuditTrail,
  ) {
    super();
  }

  override endAllOf(userId: string): Promise<void> {
    return this.transactions.run(async () => {
      const ids = await this.store.removeAllOf(userId);
      if (ids.length === 0) return;
      await this.audit.record({
        action: 'sessions.ended-all',
        subject: { kind: 'user', id: userId },
        details: { sessions: ids.length },
      });
      await this.transactions.afterCommit(async () => {
        await Promise.all(ids.map((id) => this.announcements.announce({ kind: 'session', id })));
      });
    });
  }
}
