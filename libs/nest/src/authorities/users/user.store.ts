export interface UserRecord {
  /** A UUID. */
  readonly id: string;
  /** As it was given. */
  readonly username: string;
  /** The one form in which usernames are compared; unique. */
  readonly usernameKey: string;
  /** PHC string of argon2id. */
  readonly passwordHash: string;
  readonly scopes: readonly string[];
  readonly suspended: boolean;
  readonly createdAt: Date;
}

export type UserChanges = Partial<Pick<UserRecord, 'passwordHash' | 'scopes' | 'suspended'>>;

export interface UserWithApps {
  readonly user: UserRecord;
  /** What the user may do through an app, by app id; an app that is not there sets no limit of its own. */
  readonly scopesByApp: ReadonlyMap<string, readonly string[]>;
}

/** Users, and what each may do through which app. Takes part in `Transactions`. */
export abstract class UserStore {
  /** False, and nothing written, when the username (by its key) is taken. */
  abstract insert(user: UserRecord): Promise<boolean>;
  /** Undefined also for text that is no UUID. */
  abstract find(id: string): Promise<UserWithApps | undefined>;
  abstract findByUsernameKey(usernameKey: string): Promise<UserRecord | undefined>;
  /** By username. */
  abstract list(): Promise<UserRecord[]>;
  abstract update(id: string, changes: UserChanges): Promise<UserRecord | undefined>;
  /**
   * Removes the user with their sessions; false when there was none. Throws `validation_failed` when the host keeps
   * records of the user that must not vanish with them.
   */
  abstract remove(id: string): Promise<boolean>;
  /** Replaces what the user may do through the app; false when there is no such user or app. */
  abstract setAppScopes(id: string, appId: string, scopes: readonly string[]): Promise<boolean>;
  /** Takes the limit away; false when there was none. */
  abstract clearAppScopes(id: string, appId: string): Promise<boolean>;
}
