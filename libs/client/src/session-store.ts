/**
 * Where the session lives. In memory unless told otherwise; an app that stays signed in keeps it in the Keychain (iOS) or
 * behind the Keystore (Android), never in plain preferences or `localStorage`.
 *
 * It is one text, about 1 kB of ASCII at the most, of either kind of session: a session key, or the tokens of a session
 * that is refreshed, with what the client notes about them. Give it back as it was; what is in it may change.
 *
 * Several tabs or processes may share a store without a lock. Whoever refreshes reads it again before each try, and uses
 * what another has put there meanwhile; when two ask with one refresh token at the same time, the server gives both the
 * same successor. What a method throws, the caller of `fetch` gets.
 */
export abstract class SessionStore {
  /** Asked for each request that carries the user. */
  abstract load(): string | undefined | Promise<string | undefined>;

  /** Resolves when it is kept: tokens are used no sooner, for one that was used and is not there signs its user out. */
  abstract save(session: string): void | Promise<void>;

  abstract clear(): void | Promise<void>;
}
