/** What an app may know of a session that it started; its key is in the store. */
export interface StartedSession {
  /** Until it ends for want of use. */
  readonly expiresInSeconds: number;
  /** Until it ends whatever happens. */
  readonly absoluteExpiresInSeconds: number;
  readonly scopes: readonly string[];
}

/** One of the user's sessions, as `GET /sessions` shows it. Times as in RFC 3339. */
export interface ListedSession {
  readonly id: string;
  readonly appId: string;
  /** Separated by spaces. */
  readonly scope: string;
  readonly createdAt: string;
  readonly lastUsedAt: string;
  readonly expiresAt: string;
  /** Whether it is the one that asks. */
  readonly current: boolean;
}
