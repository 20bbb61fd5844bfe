/** The bank's own account, which the first migration opens: the other side of all money that customers hold. */
export const FUNDING_ACCOUNT = { id: '00000000-0000-4000-8000-000000000001', currency: 'EUR' } as const;
