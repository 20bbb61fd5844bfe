/** `fail`: something does not work, or protects nobody. `warn`: it will not, once something else happens. */
export type FindingStatus = 'ok' | 'warn' | 'fail';

/** What was looked at, and how it is. Holds no address with a password, no secret and no message of a driver. */
export interface Finding {
  /** Stable, in lower case with hyphens, such as `redis-eviction`. */
  readonly name: string;
  readonly status: FindingStatus;
  readonly detail: string;
  /** What to do about it; with every status but `ok`. */
  readonly advice?: string;
}
