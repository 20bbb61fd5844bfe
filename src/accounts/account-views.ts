import type { Account } from './ledger/account.entity.js';
import type { Entry } from './ledger/entry.entity.js';

/** An account as its owner sees it. */
export interface AccountView {
  readonly id: string;
  readonly name: string;
  readonly currency: string;
  readonly balanceMinor: number;
  readonly frozen: boolean;
}

/** One line of a statement. */
export interface TransactionView {
  readonly id: string;
  readonly transferId: string;
  /** Negative where money left. */
  readonly amountMinor: number;
  /** What the account held afterwards. */
  readonly balanceMinor: number;
  readonly currency: string;
  readonly reference: string;
  readonly counterpartyAccountId: string;
  readonly bookedAt: string;
}

export function viewAccount({ id, name, currency, balanceMinor, frozen }: Account): AccountView {
  return { id, name, currency, balanceMinor, frozen };
}

export function viewTransaction(entry: Entry): TransactionView {
  const { id, transferId, transfer, amountMinor, balanceMinor, bookedAt } = entry;
  return {
    id,
    transferId,
    amountMinor,
    balanceMinor,
    currency: transfer.currency,
    reference: transfer.reference,
    counterpartyAccountId: amountMinor < 0 ? transfer.to : transfer.from,
    bookedAt: bookedAt.toISOString(),
  };
}
