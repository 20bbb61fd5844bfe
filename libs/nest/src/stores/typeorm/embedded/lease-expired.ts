/** The holder kept the database from everybody else for too long; its open work was rolled back. */
export class LeaseExpired extends Error {
  override readonly name = 'LeaseExpired';
  readonly code = 'LEASE_EXPIRED';

  constructor(maxHoldMs: number) {
    super(`The embedded database was held for more than ${maxHoldMs} ms; the connection has been taken away`);
  }
}
