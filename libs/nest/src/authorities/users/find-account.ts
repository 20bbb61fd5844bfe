import { askAccounts } from './ask-accounts.js';
import { readAccount } from './read-account.js';
import type { UserAccount, UserAccounts } from './user-accounts.js';

/** The account of an id, as far as it is one. Throws `temporarily_unavailable` where a host's `UserAccounts` cannot say so. */
export async function findAccount(accounts: UserAccounts, id: string): Promise<UserAccount | undefined> {
  return readAccount(await askAccounts(() => accounts.find(id)), id);
}
