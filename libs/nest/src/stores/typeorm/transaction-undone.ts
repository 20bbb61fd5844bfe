/** Part of the work of a transaction was still going on when the transaction was undone; it must not write on alone. */
export class TransactionUndone extends Error {
  override readonly name = 'TransactionUndone';
  readonly code = 'TRANSACTION_UNDONE';

  constructor() {
    super('The transaction that this was part of has been undone');
  }
}
