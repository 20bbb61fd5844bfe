/** What users are signed in with, as far as users have to know. Takes part in `Transactions`. */
export abstract class UserSessions {
  /** Ends every session of the user, on every node once the running transaction is committed. */
  abstract endAllOf(userId: string): Promise<void>;
  /** The same for those through one app. */
  abstract endAllThrough(userId: string, appId: string): Promise<void>;
}
