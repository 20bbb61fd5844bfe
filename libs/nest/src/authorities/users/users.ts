import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Clock, SecurityProblem, validationFailed } from '../../pipeline/index.js';
import {
  AuditTrail,
  ChangeFeed,
  copyChange,
  Transactions,
  type ActDetails,
  type AuditAction,
} from '../../state/index.js';
import { PasswordHasher } from './password-hasher.js';
import { UserSessions } from './user-sessions.js';
import { usernameKey } from './username.js';
import { UserStore, type UserRecord, type UserWithApps } from './user.store.js';

export interface NewUser {
  readonly username: string;
  readonly password: string;
  readonly scopes: readonly string[];
}

export interface UserSettings {
  readonly password?: string | undefined;
  readonly scopes?: readonly string[] | undefined;
  readonly suspended?: boolean | undefined;
}

export interface AppLimit {
  readonly userId: string;
  readonly appId: string;
  readonly scopes: readonly string[];
}

/** Everything about a user but the password's hash, which leaves this room for nobody. */
export type User = Omit<UserRecord, 'passwordHash' | 'usernameKey'>;

function noSuchUser(): SecurityProblem {
  return new SecurityProblem('not_found', { reason: 'no_such_user' });
}

function withoutHash({ id, username, scopes, suspended, createdAt }: UserRecord): User {
  return { id, username, scopes, suspended, createdAt };
}

/** Registers users, and says what each may do through which app. */
@Injectable()
export class Users {
  constructor(
    private readonly store: UserStore,
    private readonly hasher: PasswordHasher,
    private readonly sessions: UserSessions,
    private readonly transactions: Transactions,
    private readonly changes: ChangeFeed,
    private readonly audit: AuditTrail,
    private readonly clock: Clock,
  ) {}

  /**
   * Registers a user, together with what else has to be written for a new one. Throws `validation_failed` for what can be
   * no username, and for one that is taken.
   */
  async register(
    { username, password, scopes }: NewUser,
    together: (userId: string) => Promise<unknown> = async () => undefined,
  ): Promise<User> {
    const key = usernameKey(username);
    if (key === undefined)
      throw validationFailed({ username: 'expected 1 to 64 characters, no colon and no white space' });
    // Before the transaction: a connection is not held while a core works.
    const passwordHash = await this.hasher.hash(password);
    const user: UserRecord = {
      id: randomUUID(),
      username,
      usernameKey: key,
      passwordHash,
      scopes,
      suspended: false,
      createdAt: new Date(this.clock.now()),
    };
    await this.transactions.run(async () => {
      if (!(await this.store.insert(user))) throw validationFailed({ username: 'is taken' });
      await this.record('user.registered', user.id, { scopes });
      await together(user.id);
    });
    return withoutHash(user);
  }

  async list(): Promise<User[]> {
    return (await this.store.list()).map(withoutHash);
  }

  /** Throws `not_found`. */
  async get(id: string): Promise<{ user: User; scopesByApp: UserWithApps['scopesByApp'] }> {
    const found = await this.store.find(id);
    if (!found) throw noSuchUser();
    return { user: withoutHash(found.user), scopesByApp: found.scopesByApp };
  }

  /** A new password ends every session that was started with the old one. Throws `not_found`. */
  async change(id: string, settings: UserSettings): Promise<User> {
    const { password, scopes, suspended } = settings;
    const passwordHash = password === undefined ? undefined : await this.hasher.hash(password);
    return this.transactions.run(async () => {
      const user = await this.store.update(id, {
        ...(passwordHash !== undefined && { passwordHash }),
        ...(scopes && { scopes }),
        ...(suspended !== undefined && { suspended }),
      });
      if (!user) throw noSuchUser();
      const members = Object.keys({ password, scopes, suspended }).filter(
        (name) => settings[name as keyof UserSettings] !== undefined,
      );
      const now = { ...(scopes && { scopes }), ...(suspended !== undefined && { suspended }) };
      if (members.length > 0) await this.record('user.changed', id, { members, ...now });
      if (passwordHash !== undefined) await this.sessions.endAllOf(id);
      await this.announce(id);
      return withoutHash(user);
    });
  }

  /** Throws `not_found`. */
  remove(id: string): Promise<void> {
    return this.transactions.run(async () => {
      if (!(await this.store.remove(id))) throw noSuchUser();
      await this.record('user.removed', id);
      await this.announce(id);
    });
  }

  /** Sets what the user may do through the app. Throws `not_found`. */
  limit({ userId, appId, scopes }: AppLimit): Promise<void> {
    return this.transactions.run(async () => {
      if (!(await this.store.setAppScopes(userId, appId, scopes))) throw noSuchUser();
      await this.record('user-scopes.limited', userId, { appId, scopes });
      await this.announce(userId);
    });
  }

  /** Throws `not_found` where no limit was set. */
  unlimit(userId: string, appId: string): Promise<void> {
    return this.transactions.run(async () => {
      if (!(await this.store.clearAppScopes(userId, appId))) throw noSuchUser();
      await this.record('user-scopes.unlimited', userId, { appId });
      await this.announce(userId);
    });
  }

  private record(action: AuditAction, id: string, details: ActDetails = {}): Promise<void> {
    return this.audit.record({ action, subject: { kind: 'user', id }, details });
  }

  private announce(id: string): Promise<void> {
    return this.changes.record([copyChange('user', id, this.clock.now())]);
  }
}
