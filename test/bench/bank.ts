/** What every stack answers, so that nothing but the checks tells them apart. */

export interface Transfer {
  readonly from: string;
  readonly to: string;
  readonly amountMinor: number;
  readonly currency: string;
  readonly reference: string;
}

/** The one customer, who has very many phones: an answer holds who was recognised, and bare stacks know it, too. */
export const CUSTOMER = 'user-1';

export const TRANSFER: Transfer = {
  from: 'acc-4711',
  to: 'acc-0815',
  amountMinor: 12_500,
  currency: 'EUR',
  reference: 'Rent for November, second floor',
};

export function acceptTransfer(customer: string, { from, to, amountMinor, currency, reference }: Transfer) {
  return { id: 'tr-1', customer, from, to, amountMinor, currency, reference, status: 'accepted' };
}

export function listAccounts(customer: string) {
  return [
    { id: 'acc-4711', customer, name: 'Current account', balanceMinor: 245_000, currency: 'EUR' },
    { id: 'acc-4712', customer, name: 'Savings', balanceMinor: 1_800_000, currency: 'EUR' },
  ];
}
