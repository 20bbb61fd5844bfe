import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { Clock, validationFailed } from '../../pipeline/index.js';
import {
  AuditTrail,
  ChangeFeed,
  ChangeStore,
  Transactions,
  type Act,
  type Change,
} from '../../state/index.js';
import { UserAccounts } from '../users/index.js';
import { RevocationRetention } from './retention.js';
import { RevocableSessions, type BegunBefore } from './revocable-sessions.js';
import { sessionEnded } from './session-ended.js';

/** One token by its `jti`; one session with its refresh tokens; or everything that a user, an app or anybody has begun. */
export type RevocationTarget =
  | {
      readonly jti: string;
      /** For the audit trail, where it is known. */
      readonly issuedTo?: { readonly appId: string; readonly userId?: string };
    }
  | { readonly familyId: string }
  | { readonly userId: string }
  | { readonly appId: string }
  | { readonly all: true };

export interface RecordedRevocation {
  readonly kind: 'token' | 'session' | 'user' | 'app' | 'all';
  /** A token's `jti`; `*` for all. */
  readonly id: string;
  /** Of users, apps and all: what was begun before this moment is revoked. */
  readonly before: Date | null;
  readonly recordedAt: Date;
  /** When nothing that it revokes can be alive any more. */
  readonly expiresAt: Date;
}

/**
 * Nodes' clocks differ, and whoever revokes everything of an app must not miss what another node began a moment ago:
 * sign-ins of the next moment are rather revoked as well.
 */
const NODE_SKEW_MS = 2_000;
/** Further ahead it would be a ban, and no revocation. */
const LONGEST_AHEAD_MS = 3_600_000;
/** Whoever was using a session when everything was removed has let go of it by then. */
const LOOK_AGAIN_AFTER_MS = 1_000;
const ALL = '*';

/**
 * Revokes credentials on every node: at once on this one, on the others within the bound. What is not known here is revoked
 * all the same, for another issuer may have issued it.
 */
@Injectable()
export class Revocations implements OnApplicationShutdown {
  private readonly logger = new Logger('Portcullis');
  private isStopped = false;

  constructor(
    private readonly sessions: RevocableSessions,
    private readonly accounts: UserAccounts,
    private readonly feed: ChangeFeed,
    private readonly changes: ChangeStore,
    private readonly transactions: Transactions,
    private readonly audit: AuditTrail,
    private readonly retention: RevocationRetention,
    private readonly clock: Clock,
  ) {}

  /**
   * With `before`, what a user, an app or anybody began before that moment; without, up to now. One token and one session
   * are revoked whenever they began. Throws `validation_failed` for a moment more than an hour ahead.
   */
  async revoke(target: RevocationTarget, before?: Date): Promise<RecordedRevocation> {
    const nowMs = this.clock.now();
    if (before && !(before.getTime() <= nowMs + LONGEST_AHEAD_MS))
      throw validationFailed({ before: 'expected a time, at most an hour from now' });
    return this.transactions.run(() => {
      if ('jti' in target) return this.revokeToken(target, nowMs);
      if ('familyId' in target) return this.revokeSession(target.familyId, nowMs);
      if ('userId' in target) return this.revokeUser(target.userId, nowMs, before);
      const cutoff = before ?? new Date(nowMs + NODE_SKEW_MS);
      if ('appId' in target) return this.revokeApp(target.appId, nowMs, cutoff);
      return this.revokeAll(nowMs, cutoff);
    });
  }

  onApplicationShutdown(): void {
    this.isStopped = true;
  }

  /** Those that can still hit anything, newest first, at most `limit` of them. */
  async list(limit: number): Promise<RecordedRevocation[]> {
    const found = await this.changes.liveRevocations(new Date(this.clock.now()), limit);
    return found.map((change) => shown(change, change.recordedAt));
  }

  private revokeToken(
    { jti, issuedTo }: Extract<RevocationTarget, { readonly jti: string }>,
    nowMs: number,
  ): Promise<RecordedRevocation> {
    const change: Change = { kind: 'revoked-token', id: jti, expiresAt: this.retention.expiresAt(nowMs) };
    const subject = { kind: 'token', id: jti } as const;
    const details = issuedTo && { details: issuedTo };
    return this.record([change], nowMs, { action: 'token.revoked', subject, ...details });
  }

  private async revokeSession(id: string, nowMs: number): Promise<RecordedRevocation> {
    const ended = await this.sessions.remove(id);
    const details = ended ? { userId: ended.userId, appId: ended.appId, sessions: 1 } : { sessions: 0 };
    const subject = { kind: 'session', id } as const;
    return this.record([this.ended(id, nowMs)], nowMs, { action: 'session.revoked', subject, details });
  }

  /** The sessions that are there are ended one by one; the moment is for tokens of another issuer. */
  private async revokeUser(given: string, nowMs: number, before?: Date): Promise<RecordedRevocation> {
    const id = this.accounts.readId(given) ?? given;
    const ids = await this.sessions.removeAllOf(id, before);
    const ended = ids.map((sessionId) => this.ended(sessionId, nowMs));
    const cutoffOf = (spelt: string) => this.cutoff('revoked-user', spelt, before ?? new Date(nowMs), nowMs);
    // As another issuer may spell it.
    const asGiven = given === id ? [] : [cutoffOf(given)];
    const change = cutoffOf(id);
    const details = { before: momentOf(change), sessions: ids.length };
    const subject = { kind: 'user', id } as const;
    return this.record([...ended, ...asGiven, change], nowMs, { action: 'user.revoked', subject, details });
  }

  private async revokeApp(id: string, nowMs: number, before: Date): Promise<RecordedRevocation> {
    const change = this.cutoff('revoked-app', id, before, nowMs);
    await this.removeAfterCommit({ before, appId: id });
    const details = { before: momentOf(change) };
    return this.record([change], nowMs, { action: 'app.revoked', subject: { kind: 'app', id }, details });
  }

  private async revokeAll(nowMs: number, before: Date): Promise<RecordedRevocation> {
    const change = this.cutoff('revoked-all', ALL, before, nowMs);
    await this.removeAfterCommit({ before });
    const subject = { kind: 'everything', id: ALL } as const;
    const details = { before: momentOf(change) };
    return this.record([change], nowMs, { action: 'all.revoked', subject, details });
  }

  /** The last is what was asked for; what goes before comes of it. */
  private async record(
    changes: readonly [...Change[], Change],
    nowMs: number,
    act: Act,
  ): Promise<RecordedRevocation> {
    await this.audit.record(act);
    await this.feed.record(changes);
    return shown(changes.at(-1) as Change, new Date(nowMs));
  }

  private ended(sessionId: string, nowMs: number): Change {
    return sessionEnded({ id: sessionId, endedAtMs: nowMs, retention: this.retention });
  }

  /** What begins before a moment that is still ahead lives that much longer. */
  private cutoff(kind: Change['kind'], id: string, before: Date, nowMs: number): Change {
    const expiresAt = this.retention.expiresAt(Math.max(nowMs, before.getTime()));
    return { kind, id, before, expiresAt };
  }

  /**
   * Nodes refuse what was revoked from the commit on; that the rows go, in portions, is what remains of it for good. Should
   * this node not get to it, the cleaner does.
   */
  private removeAfterCommit(begun: BegunBefore): Promise<void> {
    return this.transactions.afterCommit(async () => {
      await this.sessions.removeBegunBefore(begun);
      void this.removeRest(begun);
    });
  }

  /** Twice: what another transaction is using is left to it, as if it were not there. */
  private async removeRest(begun: BegunBefore): Promise<void> {
    try {
      for (const pauseMs of [0, LOOK_AGAIN_AFTER_MS]) {
        // oxlint-disable-next-line no-await-in-loop -- so that it is a pause
        await delay(pauseMs, undefined, { ref: false });
        // oxlint-disable-next-line no-await-in-loop -- a bounded number at a time
        while (!this.isStopped && (await this.sessions.removeBegunBefore(begun)) > 0);
      }
    } catch (error) {
      if (this.isStopped) return;
      const name = error instanceof Error ? error.name : typeof error;
      this.logger.warn(`sessions that were revoked are not removed yet: ${name}`);
    }
  }
}

const SHOWN_KINDS: Partial<Record<Change['kind'], RecordedRevocation['kind']>> = {
  'revoked-token': 'token',
  'revoked-session': 'session',
  'revoked-user': 'user',
  'revoked-app': 'app',
};

function shown({ kind, id, before, expiresAt }: Change, recordedAt: Date): RecordedRevocation {
  return { kind: SHOWN_KINDS[kind] ?? 'all', id, before: before ?? null, recordedAt, expiresAt };
}

function momentOf({ before }: Change): string {
  return (before as Date).toISOString();
}
