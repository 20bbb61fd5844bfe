export type ClientType = 'public' | 'confidential';

/** `signing`: signs requests. `client`: authenticates the app at the token endpoint. `integrity`: signs integrity tokens, and is never in the app. */
export type SecretPurpose = 'signing' | 'client' | 'integrity';

/** `opaque`: a key that is looked up. `tokens`: a short-lived access token, and a refresh token for the next ones. */
export type SessionKind = 'opaque' | 'tokens';

/** A public P-256 key (RFC 7517), for ES256. */
export interface ClientKey {
  readonly kty: 'EC';
  readonly crv: 'P-256';
  readonly x: string;
  readonly y: string;
  readonly kid?: string | undefined;
}

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
  /** Public keys that a confidential app signs client assertions with (`private_key_jwt`); where there are any, it has no client secret. */
  readonly clientKeys: readonly ClientKey[];
  /** Whether an authorization request of this app may use PKCE's `plain` (RFC 7636 §4.2). */
  readonly plainPkce: boolean;
  /** RFC 9449 §5.2: tokens of this app are always bound to a key of its holder. */
  readonly dpopBoundAccessTokens: boolean;
  /** RFC 9126 §6: authorization requests of this app are taken from `/oauth/par` alone. */
  readonly requirePushedRequests: boolean;
  /** Origins of pages that may call the authorization server as this app (CORS). */
  readonly corsOrigins: readonly string[];
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

/** What at least one app that is not suspended is allowed. */
export interface AppAllowances {
  readonly grantTypes: readonly string[];
  readonly plainPkce: boolean;
  readonly corsOrigins: readonly string[];
}

/** Registered apps and their secrets. Takes part in `Transactions`. */
export abstract class AppStore {
  /** False, and nothing written, when the id is taken. */
  abstract insert(app: AppRecord): Promise<boolean>;
  abstract find(id: string): Promise<AppWithSecrets | undefined>;
  /** By id, without secrets. */
  abstract list(): Promise<AppRecord[]>;
  /** What apps are allowed, taken together. */
  abstract allowances(): Promise<AppAllowances>;
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
