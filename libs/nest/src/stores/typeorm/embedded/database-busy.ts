/**
 * Nobody gave the embedded database back in time. The embedded database serves one caller at a time, so
 * this is overload, or a caller asking for a second connection while it already holds the only one.
 */
export class DatabaseBusy extends Error {
  override readonly name = 'DatabaseBusy';
  readonly code = 'DATABASE_BUSY';

  constructor(waitedMs: number) {
    super(`The embedded database was not free within ${waitedMs} ms`);
  }
}
