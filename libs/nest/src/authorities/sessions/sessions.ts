import { Injectable } from '@nestjs/common';
import { formatOpaqueKey, KeyRing, newOpaqueKey } from '../../crypto/index.js';
import { Clock, SecurityProblem, validationFailed, type CallingAppFacts } from '../../pipeline/index.js';
import { Announcements, AuditTrail, Transactions } from '../../state/index.js';
import {
  askAccounts,
  permissionsThrough,
  UserAccounts,
  UserSessions,
  type UserAccount,
} from '../users/index.js';
import { SESSION_SECRET } from './session-directory.js';
import { SessionOptions } from './session.options.js';
import { appRemoved, passwordInvalid } from './sessions.problems.js';
import { SessionStore, type LiveAt, type SessionRecord } from './session.store.js';

export interface NewSession {
  readonly user: UserAccount;
  readonly app: CallingAppFacts;
  /** Narrows what the session may do; never widens it. */
  readonly requestedScopes?: readonly string[] | undefined;
}

export interface StartedSession {
  /** Readable now and never again. */
  readonly key: string;
  readonly session: Session;
  readonly idleTtlSeconds: number;
  readonly absoluteTtlSeconds: number;
}

/** Everything about a session but the hash of its secret. */
export type Session = Omit<SessionRecord, 'secretHash'>;

/** Starts and ends sessions, on every node. */
@Injectable()
export class Sessions {
  constructor(
    private readonly store: SessionStore,
    private readonly users: UserAccounts,
    private readonly ofUsers: UserSessions,
    private readonly keyRing: KeyRing,
    private readonly transactions: Transactions,
    private readonly announcements: Announcements,
    private readonly audit: AuditTrail,
    private readonly options: SessionOptions,
    private readonly clock: Clock,
  ) {}

  /**
   * Throws `user_token_invalid` when the user was changed since the password was checked, and `app_key_invalid` when
   * the app was removed.
   */
  async start({ user, app, requestedScopes }: NewSession): Promise<StartedSession> {
    const { id, secret } = newOpaqueKey();
    const now = this.clock.now();
    const { idleTtlMs, absoluteTtlMs } = this.options;
    const allowed = permissionsThrough(app.id, user)?.scopes ?? [];
    const scopes = app.scopes.filter(
      (scope) => allowed.includes(scope) && (requestedScopes?.includes(scope) ?? true),
    );
    const session = {
      id,
      userId: user.id,
      appId: app.id,
      scopes,
      createdAt: new Date(now),
      lastUsedAt: new Date(now),
      expiresAt: new Date(now + absoluteTtlMs),
    };
    const secretHash = this.keyRing.keyedHash(SESSION_SECRET, secret);
    await this.transactions.run(async () => {
      // A new password ends every session that was started with the old one; this one would be missed.
      if (!(await askAccounts(this.users.isStill(user)))) throw passwordInvalid();
      if (!(await this.store.insert({ ...session, secretHash }))) throw appRemoved();
      await this.audit.record({
        action: 'session.started',
        subject: { kind: 'session', id },
        details: { userId: user.id, appId: app.id, scopes },
        by: { kind: 'user', id: user.id, name: null },
      });
    });
    return {
      key: formatOpaqueKey({ id, secret }),
      session,
      idleTtlSeconds: idleTtlMs / 1000,
      absoluteTtlSeconds: absoluteTtlMs / 1000,
    };
  }

  /** Live sessions of a user, newest first. Throws `validation_failed` for what can be nobody's id. */
  async list(userId: string): Promise<Session[]> {
    const now = this.clock.now();
    const live: LiveAt = { now: new Date(now), usedSince: new Date(now - this.options.idleTtlMs) };
    return (await this.store.listOf(this.idOf(userId), live)).map(withoutSecret);
  }

  /** Throws `not_found`, also for another user's session when a user is named. */
  end(id: string, userId?: string): Promise<void> {
    return this.transactions.run(async () => {
      const ended = await this.store.remove(id, userId);
      if (!ended) throw new SecurityProblem('not_found', { reason: 'no_such_session' });
      await this.audit.record({
        action: 'session.ended',
        subject: { kind: 'session', id },
        details: { userId: ended.userId, appId: ended.appId },
      });
      await this.transactions.afterCommit(() => this.announcements.announce({ kind: 'session', id }));
    });
  }

  /** Throws `validation_failed` for what can be nobody's id. */
  async endAllOf(userId: string): Promise<void> {
    await this.ofUsers.endAllOf(this.idOf(userId));
  }

  private idOf(userId: string): string {
    const id = this.users.readId(userId);
    if (id === undefined) throw validationFailed({ userId: 'expected the id of a user' });
    return id;
  }
}

function withoutSecret({
  id,
  userId,
  appId,
  scopes,
  createdAt,
  lastUsedAt,
  expiresAt,
}: SessionRecord): Session {
  return { id, userId, appId, scopes, createdAt, lastUsedAt, expiresAt };
}
