/** What users are signed in with, as far as users have to know. Takes part in `Transactions`. */
export abstract class UserSessions {
  /** Ends every session of the user, or every one through an app, on every node once the running transaction is committed. */
  abstract endAllOf(userId: string, appId?: string): Promise<void>;
}
