import { Injectable } from '@nestjs/common';
import { Clock, SecurityProblem, validationFailed } from '../../pipeline/index.js';
import { AuditTrail, ChangeFeed, Transactions } from '../../state/index.js';
import { RevocationRetention, sessionEnded } from '../revocations/index.js';
import { appRemoved, SessionStore } from '../sessions/index.js';
import { UserAccounts } from '../users/index.js';
import { ConsentStore, type ConsentRecord } from './consent.store.js';

/** What an app asks a user for, or was given. */
export type Consent = Omit<ConsentRecord, 'grantedAt'>;

/** What users have allowed apps to do on their behalf. */
@Injectable()
export class Consents {
  constructor(
    private readonly store: ConsentStore,
    private readonly sessions: SessionStore,
    private readonly users: UserAccounts,
    private readonly transactions: Transactions,
    private readonly changes: ChangeFeed,
    private readonly audit: AuditTrail,
    private readonly retention: RevocationRetention,
    private readonly clock: Clock,
  ) {}

  /** All of a user, latest first. Throws `validation_failed` for what can be nobody's id. */
  async of(userId: string): Promise<ConsentRecord[]> {
    return this.store.listOf(this.idOf(userId));
  }

  /** Whether the user has allowed the app all of this already. Without any scope: whether anything was allowed there. */
  async covers({ scopes, ...key }: Consent): Promise<boolean> {
    const given = await this.store.find(key);
    return given !== undefined && scopes.every((scope) => given.scopes.includes(scope));
  }

  /** Adds to what the user has allowed the app before. Throws `app_key_invalid` when the app was removed. */
  give(consent: Consent): Promise<void> {
    const { userId, appId, resource, scopes } = consent;
    return this.transactions.run(async () => {
      const grantedAt = new Date(this.clock.now());
      if (!(await this.store.add({ ...consent, grantedAt }))) throw appRemoved();
      await this.audit.record({
        action: 'consent.given',
        subject: { kind: 'user', id: userId },
        details: { appId, scopes, ...(resource !== null && { resource }) },
        by: { kind: 'user', id: userId, name: null },
      });
    });
  }

  /**
   * Takes back all that the user has allowed the app, and ends the sessions that the user has through it: every node refuses
   * their tokens at once, or within the bound. Throws `not_found`, and `validation_failed` for what can be nobody's id.
   */
  async withdraw(userId: string, appId: string): Promise<void> {
    const id = this.idOf(userId);
    return this.transactions.run(async () => {
      if ((await this.store.remove(id, appId)) === 0)
        throw new SecurityProblem('not_found', { reason: 'no_such_consent' });
      const ended = await this.sessions.removeAllThrough({ userId: id, appId });
      await this.audit.record({
        action: 'consent.withdrawn',
        subject: { kind: 'user', id },
        details: { appId, sessions: ended.length },
      });
      const ending = { endedAtMs: this.clock.now(), retention: this.retention };
      await this.changes.record(ended.map((sessionId) => sessionEnded({ id: sessionId, ...ending })));
    });
  }

  private idOf(userId: string): string {
    const id = this.users.readId(userId);
    if (id === undefined) throw validationFailed({ userId: 'expected the id of a user' });
    return id;
  }
}
