import { Injectable } from '@nestjs/common';
import { PasswordHasher } from './password-hasher.js';
import { UserAccounts, type UserAccount } from './user-accounts.js';
import { usernameKey } from './username.js';
import { UserStore, type UserWithApps } from './user.store.js';

const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i;

function accountOf({ user, scopesByApp }: UserWithApps): UserAccount | undefined {
  const { id, username, scopes, suspended, passwordHash } = user;
  return suspended ? undefined : { id, username, scopes, scopesByApp, credentialVersion: passwordHash };
}

/** The users of the stores as accounts. */
@Injectable()
export class StoredUserAccounts extends UserAccounts {
  constructor(
    private readonly store: UserStore,
    private readonly hasher: PasswordHasher,
  ) {
    super();
  }

  override async authenticate(username: string, password: string): Promise<UserAccount | undefined> {
    const key = usernameKey(username);
    const user = key === undefined ? undefined : await this.store.findByUsernameKey(key);
    const matches = await this.hasher.verify(password, user?.passwordHash);
    if (!user || !matches || user.suspended) return undefined;
    const account = await this.find(user.id);
    // Passwords wait for their turn to be looked at: meanwhile this one may have been replaced.
    return account?.credentialVersion === user.passwordHash ? account : undefined;
  }

  override readId(text: string): string | undefined {
    return UUID.test(text) ? text.toLowerCase() : undefined;
  }

  override async find(id: string): Promise<UserAccount | undefined> {
    const found = await this.store.find(id);
    return found && accountOf(found);
  }

  /** What is true stays true until the running transaction ends, for whoever changes the user waits for it. */
  override async isStill({ id, credentialVersion }: UserAccount): Promise<boolean> {
    // Changes nothing, and locks.
    const user = await this.store.update(id, {});
    return user?.passwordHash === credentialVersion && !user.suspended;
  }
}
