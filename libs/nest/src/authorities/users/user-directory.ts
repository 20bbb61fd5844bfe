import { UserPermissions, type PermittedUser } from '../../layers/user/index.js';
import type { Clock } from '../../pipeline/index.js';
import { FreshCache, type ChangeFeed } from '../../state/index.js';
import { findAccount } from './find-account.js';
import type { UserAccount, UserAccounts } from './user-accounts.js';

export interface UserDirectoryParts {
  readonly accounts: UserAccounts;
  readonly changes: ChangeFeed;
  readonly clock: Clock;
  readonly maxAgeMs: number;
  readonly capacity: number;
}

/** What users may do, as the user layer asks for it: from memory, no older than `maxAgeMs`. */
export class UserDirectory extends UserPermissions {
  private readonly users: FreshCache<UserAccount>;

  constructor({ accounts, changes, clock, maxAgeMs, capacity }: UserDirectoryParts) {
    super();
    const load = (id: string) => findAccount(accounts, id);
    this.users = new FreshCache({ clock, maxAgeMs, capacity, load });
    changes.listen((announced) => {
      if (announced === 'everything') this.users.clear();
      else if (announced.kind === 'user') this.users.drop(announced.id);
    });
  }

  override of(userId: string, appId: string): PermittedUser | undefined | Promise<PermittedUser | undefined> {
    const user = this.users.get(userId);
    return user instanceof Promise
      ? user.then((found) => permissionsThrough(appId, found))
      : permissionsThrough(appId, user);
  }
}

/** What a user may do through an app: user ∩ user through this app, where a limit is set. */
export function permissionsThrough(
  appId: string,
  account: UserAccount | undefined,
): PermittedUser | undefined {
  if (!account) return undefined;
  const { username, scopes, scopesByApp } = account;
  const limit = scopesByApp?.get(appId);
  return { username, scopes: limit ? scopes.filter((scope) => limit.includes(scope)) : scopes };
}
