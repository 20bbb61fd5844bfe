import { temporarilyUnavailable } from '../../pipeline/index.js';
import type { UserAccount } from './user-accounts.js';

/**
 * The account that a host's `UserAccounts` answered with; undefined for null as well, which a database's library says for no row.
 * Throws `temporarily_unavailable` for what is no account, or somebody else's: a mistake there must let nobody in.
 */
export function readAccount(answer: unknown, id?: string): UserAccount | undefined {
  if (answer === undefined || answer === null) return undefined;
  const account = answer as UserAccount;
  const isAccount =
    typeof account.id === 'string' &&
    (id === undefined || account.id === id) &&
    ['string', 'undefined'].includes(typeof (account.username ?? undefined)) &&
    typeof account.credentialVersion === 'string' &&
    isListOfText(account.scopes) &&
    isLimits(account.scopesByApp ?? undefined);
  if (!isAccount) throw temporarilyUnavailable('accounts: no_account');
  return account;
}

function isLimits(limits: unknown): boolean {
  return limits === undefined || (limits instanceof Map && [...limits.values()].every(isListOfText));
}

function isListOfText(list: unknown): boolean {
  return Array.isArray(list) && list.every((item) => typeof item === 'string');
}
