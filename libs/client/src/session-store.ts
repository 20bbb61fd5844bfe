/**
 * Where the session key lives. In memory unless told otherwise; an app that stays signed in keeps it in the Keychain
 * (iOS) or behind the Keystore (Android), never in plain preferences or `localStorage`.
 */
export abstract class SessionStore {
  /** Asked for each request that carries the user. */
  abstract load(): string | undefined | Promise<string | undefined>;

  abstract save(sessionKey: string): void | Promise<void>;

  abstract clear(): void | Promise<void>;
}
