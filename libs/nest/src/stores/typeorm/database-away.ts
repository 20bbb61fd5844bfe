import { QueryFailedError } from 'typeorm';
import { temporarilyUnavailable } from '../../pipeline/index.js';

/**
 * SQLSTATE classes and codes of PostgreSQL that say: not now. A server that no longer lets us in (28) or does not know our
 * database (3D000) is being moved or mended; no caller can do anything about it.
 */
const NOT_NOW =
  /^(?:08|28|3D000|53|57P0|57014|40001|40P01|55P03|25006|ECONN|ETIMEDOUT|EPIPE|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|DATABASE_BUSY|LEASE_EXPIRED|DATA_FOLDER_IN_USE)/;
/** What `pg` says without a code. */
const LOST =
  /^(?:Connection terminated|timeout exceeded when trying to connect|Query read timeout|Client has encountered a connection error|The (?:pool of the )?embedded database has been closed)/;

interface DriverError {
  readonly code?: unknown;
  readonly message?: unknown;
}

/**
 * An error of the driver that says that the database cannot answer now, as the `temporarily_unavailable` problem that it
 * is to the caller; any other error as it is.
 */
export function orTemporarilyUnavailable(error: unknown): unknown {
  const { code, message } = (error instanceof QueryFailedError ? error.driverError : error) as DriverError;
  const isAway =
    (typeof code === 'string' && NOT_NOW.test(code)) || (typeof message === 'string' && LOST.test(message));
  return isAway ? temporarilyUnavailable('database_unavailable') : error;
}
