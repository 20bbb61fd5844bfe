import type { Account } from '../accounts/ledger/account.entity.js';
import type { TransferOrder } from './transfer-order.js';

/** Everything that stands against an order, given the two accounts as they are now: what was expected, by member. */
export function assessOrder(
  order: TransferOrder,
  from: Account,
  to: Account | undefined,
): Record<string, string> {
  const errors: Record<string, string> = {};
  const against = (member: keyof TransferOrder, expected: string) => (errors[member] = expected);
  if (from.frozen) against('from', 'expected an account that is not frozen');
  if (from.currency !== order.currency) against('currency', 'expected the currency of the account');
  if (from.balanceMinor < order.amountMinor)
    against('amountMinor', 'expected no more than the account holds');
  if (order.to === order.from) against('to', 'expected another account than in from');
  // One answer for every reason, because the account may be somebody else's and its state is not the caller's business.
  else if (!to || to.frozen || to.currency !== order.currency)
    against('to', 'expected an account that can receive this transfer');
  return errors;
}
