import type { Transfer } from '../accounts/ledger/transfer.entity.js';

/** A transfer as either side sees it; the same at every time it is asked for. */
export interface TransferView {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly amountMinor: number;
  readonly currency: string;
  readonly reference: string;
  readonly createdAt: string;
}

export function viewTransfer(transfer: Transfer): TransferView {
  const { id, from, to, amountMinor, currency, reference, createdAt } = transfer;
  return { id, from, to, amountMinor, currency, reference, createdAt: createdAt.toISOString() };
}
