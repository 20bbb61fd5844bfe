export type ClientType = 'public' | 'confidential';

/** `signing`: signs requests. `client`: authenticates the app at the token endpoint. `integrity`: signs integrity tokens, and is never in the app. */
export type SecretPurpose = 'signing' | 'client' | 'integrity';

/** `opaque`: a key that is looked up. `tokens`: a short-lived access token, and a refresh token for the next ones. */
export type SessionKind = 'opaque' | 'tokens';

/** A registered app. */
export interface AppRecord {
  /** 1 to 128 printable ASCII characters, compared byte by byte. */
  readonly id: string;
  readonly name: string;
  readonly clientType: ClientType;
  readonly scopes: readonly string[];
  readonly tier: string | null;
  readonly grantTypes: readonly string[];
  readonly redirectUris: readonly string[];
  readonly resources: readonly string[];
  /** What its users are given when they sign in through it. */
  readonly sessionKind: SessionKind;
  /** False: a refresh token that is bound to a key of its holder stays as it is. Others are replaced at each use in any case. */
  readonly refreshRotation: boolean;
  readonly suspended: boolean;
  readonly createdAt: Date;
}

/** What of an app can be changed. */
export type AppChanges = Partial<Omit<AppRecord, 'id' | 'clientType' | 'createdAt'>>;

/** A secret as it rests: sealed where it has to be read again, a keyed hash where it only has to be recognised. */
export interface AppSecretRecord {
  readonly id: string;
  readonly appId: string;
  readonly purpose: SecretPurpose;
  /** `signing`, `integrity`: sealed under the key ring. */
  readonly sealed: Uint8Array | null;
  /** `client`: keyed hash. */
  readonly hash: string | null;
  readonly createdAt: Date;
  /** Null while no newer secret has taken over. */
  readonly expiresAt: Date | null;
}

export interface AppWithSecrets {
  readonly app: AppRecord;
  /** Of every purpose, newest first, expired ones included. */
  readonly secrets: readonly AppSecretRecord[];
}

/** Registered apps and their secrets. Takes part in `Transactions`. */
export abstract class AppStore {
  /** False, and nothing written, when the id is taken. */
  abstract insert(app: AppRecord): Promise<boolean>;
  abstract find(id: string): Promise<AppWithSecrets | undefined>;
  /** By id, without secrets. */
  abstract list(): Promise<AppRecord[]>;
  /** The app as it is now, or undefined when there is none. */
  abstract update(id: string, changes: AppChanges): Promise<AppRecord | undefined>;
  /** Removes the app with its secrets and sessions and what users may do through it; false when there was none. */
  abstract remove(id: string): Promise<boolean>;
  /**
   * Adds a secret and lets every other one of its app and purpose expire at `othersExpireAt`, unless it expires earlier
   * already; removes those of the app that expired more than a day before the new one was created. Rotations of one app are serialised. False, and nothing written, when there is no such app.
   */
  abstract rotateSecret(secret: AppSecretRecord, othersExpireAt: Date): Promise<boolean>;
  abstract removeSecret(key: Pick<AppSecretRecord, 'id' | 'appId' | 'purpose'>): Promise<boolean>;
  /** Removes secrets that expired before, 1,000 at the most; how many it removed. */
  abstract removeExpiredSecrets(before: Date): Promise<number>;
}
