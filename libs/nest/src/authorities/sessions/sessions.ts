import { Injectable } from '@nestjs/common';
import { formatOpaqueKey, KeyRing, newOpaqueKey } from '../../crypto/index.js';
import { Clock, SecurityProblem, temporarilyUnavailable, validationFailed } from '../../pipeline/index.js';
import { AuditTrail, ChangeFeed, Transactions } from '../../state/index.js';
import type { SessionKind } from '../apps/index.js';
import { RevocationRetention, sessionEnded } from '../revocations/index.js';
import type { IssuedAccessToken } from '../tokens/index.js';
import {
  askAccounts,
  permissionsThrough,
  UserAccounts,
  UserSessions,
  type UserAccount,
} from '../users/index.js';
import { networkOf } from './network-of.js';
import type { NewSession, NewTokenSession } from './new-session.js';
import { SESSION_SECRET } from './session-directory.js';
import { SessionTokens, type TokenTerms } from './session-tokens.js';
import { SessionOptions } from './session.options.js';
import { appRemoved, passwordInvalid } from './sessions.problems.js';
import { SessionStore, type LiveAt, type SessionRecord, type SessionsThrough } from './session.store.js';
import type {
  Session,
  StartedAccess,
  StartedOpaqueSession,
  StartedSession,
  StartedTokenSession,
} from './started-session.js';

/** Starts and ends sessions, on every node. */
@Injectable()
export class Sessions {
  constructor(
    private readonly store: SessionStore,
    private readonly users: UserAccounts,
    private readonly ofUsers: UserSessions,
    private readonly keyRing: KeyRing,
    private readonly tokens: SessionTokens,
    private readonly transactions: Transactions,
    private readonly changes: ChangeFeed,
    private readonly audit: AuditTrail,
    private readonly retention: RevocationRetention,
    private readonly options: SessionOptions,
    private readonly clock: Clock,
  ) {}

  /**
   * Throws `user_token_invalid` when the user was changed since the password was checked, `app_key_invalid` when the app
   * was removed, and `temporarily_unavailable` when there is no key to sign tokens with.
   */
  start(session: NewSession & { readonly kind?: 'opaque' }): Promise<StartedOpaqueSession>;
  start(session: NewTokenSession & { readonly kind: 'tokens' }): Promise<StartedTokenSession>;
  start(session: NewSession): Promise<StartedSession>;
  start(given: NewTokenSession): Promise<StartedSession> {
    return given.kind === 'tokens' ? this.startWithTokens(given) : this.startOpaque(given);
  }

  /** A session that ends with its one access token (RFC 6749 §4.2): there is nothing to renew it with. Throws as `start` does. */
  async startUnrenewable(given: Omit<NewTokenSession, 'kind'>): Promise<StartedAccess> {
    const { id } = newOpaqueKey();
    const begun = this.sessionOf(given, { id, kind: 'tokens', ttlMs: 0 });
    const access = await this.tokens.sign({ ...begun, ...termsOf(given) });
    const expiresAt = new Date(begun.createdAt.getTime() + access.expiresInSeconds * 1000);
    const session = { ...begun, expiresAt };
    await this.keepWithin(session, given, () => this.keep({ ...session, secretHash: null }, given.user));
    return startedAccess(session, access);
  }

  /** Live sessions of a user, through an app or any, newest first. Throws `validation_failed` for what can be nobody's id. */
  async list(userId: string, appId?: string): Promise<Session[]> {
    const now = this.clock.now();
    const usedSince = new Date(now - this.options.idleForSureAfterMs);
    const live: LiveAt = { now: new Date(now), usedSince };
    const sessions = await this.store.listOf(this.idOf(userId), live);
    return sessions.filter((session) => appId === undefined || session.appId === appId).map(withoutSecret);
  }

  /**
   * Throws `not_found`, also for a session of another user or app than those that are named, and TypeError where it is said
   * in any other way whose it must be: it would be anybody's.
   */
  async end(id: string, through: Partial<SessionsThrough> = {}): Promise<void> {
    if (typeof through !== 'object') throw new TypeError('sessions: expected { userId, appId }');
    return this.transactions.run(async () => {
      const ended = await this.store.remove(id, through);
      if (!ended) throw new SecurityProblem('not_found', { reason: 'no_such_session' });
      await this.audit.record({
        action: 'session.ended',
        subject: { kind: 'session', id },
        details: { userId: ended.userId, appId: ended.appId },
      });
      const { retention } = this;
      await this.changes.record([sessionEnded({ id, endedAtMs: this.clock.now(), retention })]);
    });
  }

  /** Throws `validation_failed` for what can be nobody's id. */
  async endAllOf(userId: string): Promise<void> {
    await this.ofUsers.endAllOf(this.idOf(userId));
  }

  /** Those that a user has through one app. Throws `validation_failed` for what can be nobody's id. */
  async endAllThrough({ userId, appId }: SessionsThrough): Promise<void> {
    await this.ofUsers.endAllThrough(this.idOf(userId), appId);
  }

  private async startOpaque(given: NewSession): Promise<StartedOpaqueSession> {
    const { id, secret } = newOpaqueKey();
    const { idleTtlMs, absoluteTtlMs } = this.options;
    const session = this.sessionOf(given, { id, kind: 'opaque', ttlMs: absoluteTtlMs });
    const secretHash = this.keyRing.keyedHash(SESSION_SECRET, secret);
    await this.keepWithin(session, given, () => this.keep({ ...session, secretHash }, given.user));
    return {
      kind: 'opaque',
      key: formatOpaqueKey({ id, secret }),
      session,
      idleTtlSeconds: idleTtlMs / 1000,
      absoluteTtlSeconds: absoluteTtlMs / 1000,
    };
  }

  private async startWithTokens(given: NewTokenSession): Promise<StartedTokenSession> {
    const { id } = newOpaqueKey();
    const session = this.sessionOf(given, { id, kind: 'tokens', ttlMs: this.tokens.absoluteTtlMs });
    const holder = { ...session, ...termsOf(given) };
    // First: where it cannot be signed no session is left behind, and where none is kept nobody is given what was signed.
    const access = await this.tokens.sign(holder);
    const refresh = await this.keepWithin(session, given, async () => {
      await this.keep({ ...session, secretHash: null }, given.user);
      return this.tokens.begin(holder);
    });
    return {
      kind: 'tokens',
      ...startedAccess(session, access),
      refreshToken: refresh.refreshToken,
      refreshTokenExpiresInSeconds: refresh.expiresInSeconds,
    };
  }

  private sessionOf(
    { user, app, requestedScopes, device, address, network = null }: NewSession,
    { id, kind, ttlMs }: { id: string; kind: SessionKind; ttlMs: number },
  ): Session {
    const now = this.clock.now();
    const allowed = permissionsThrough(app.id, user)?.scopes ?? [];
    const scopes = app.scopes.filter(
      (scope) => allowed.includes(scope) && (requestedScopes?.includes(scope) ?? true),
    );
    return {
      id,
      kind,
      userId: user.id,
      appId: app.id,
      scopes,
      device: device ?? null,
      startedFrom: address === undefined ? network : networkOf(address),
      createdAt: new Date(now),
      lastUsedAt: new Date(now),
      expiresAt: new Date(now + ttlMs),
    };
  }

  private keepWithin<T>(session: Session, { within }: NewSession, keep: () => Promise<T>): Promise<T> {
    return this.transactions.run(() => (within ? within(session, keep) : keep()));
  }

  /** In the running transaction. */
  private async keep(session: SessionRecord, user: UserAccount): Promise<void> {
    // A new password ends every session that was started with the old one; this one would be missed.
    const isStill: unknown = await askAccounts(() => this.users.isStill(user));
    if (typeof isStill !== 'boolean') throw temporarilyUnavailable('accounts: no_boolean');
    if (!isStill) throw passwordInvalid();
    if (!(await this.store.insert(session))) throw appRemoved();
    const { id, appId, scopes } = session;
    await this.audit.record({
      action: 'session.started',
      subject: { kind: 'session', id },
      details: { userId: user.id, appId, scopes },
      by: { kind: 'user', id: user.id, name: null },
    });
  }

  private idOf(userId: string): string {
    const id = this.users.readId(userId);
    if (id === undefined) throw validationFailed({ userId: 'expected the id of a user' });
    return id;
  }
}

function termsOf({
  resource = null,
  boundKey = null,
  refreshBoundKey = null,
}: Partial<TokenTerms>): TokenTerms {
  return { resource, boundKey, refreshBoundKey };
}

function startedAccess(session: Session, access: IssuedAccessToken): StartedAccess {
  return {
    accessToken: access.accessToken,
    accessTokenId: access.tokenId,
    accessTokenExpiresInSeconds: access.expiresInSeconds,
    session,
  };
}

function withoutSecret(record: SessionRecord): Session {
  const { secretHash: _, ...session } = record;
  return session;
}
