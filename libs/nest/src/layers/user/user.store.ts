/** What a user's credential that holds stands for. */
export interface UserCredential {
  readonly kind: 'session' | 'access-token';
  /** Of the session, or the token's `jti`. */
  readonly id: string;
  /** The session that an access token belongs to; undefined where its issuer names none. */
  readonly sessionId?: string | undefined;
  readonly userId: string;
  /** The app that it was issued to. */
  readonly clientId: string;
  /** Scopes that it was granted. */
  readonly granted: readonly string[];
  /**
   * Thumbprint (RFC 7638) of the key that an access token is bound to (`cnf.jkt`, RFC 9449 §6.1): it holds only together
   * with a proof of that key. Undefined for what whoever has it may use.
   */
  readonly boundKey?: string | undefined;
}

/** Opaque session keys. On the hot path: an adapter answers from memory when it can. */
export abstract class SessionKeys {
  /** The live session of a key; undefined for any other text. Throws when it cannot know. */
  abstract find(key: string): UserCredential | undefined | Promise<UserCredential | undefined>;
  /** Users see when a session was used last, and the end of an idle one with a key is put off. Neither waits nor fails. */
  abstract noteUse(sessionId: string): void;
}

/** Access tokens that are JWTs (RFC 9068). On the hot path: one that was verified is remembered. */
export abstract class AccessTokenVerifier {
  /** What a token that holds stands for; undefined for any other. Throws when it cannot know. */
  abstract verify(token: string): UserCredential | undefined | Promise<UserCredential | undefined>;
}

export interface PermittedUser {
  readonly username: string | undefined;
  /**
   * What the user holds, cut down to what they may do through the app that was asked for; undefined where nobody here
   * knows more than whoever granted the credential.
   */
  readonly scopes: readonly string[] | undefined;
}

/** What users may do. On the hot path: an adapter answers from memory when it can. */
export abstract class UserPermissions {
  /** Undefined when there is no such user, or not any more. Throws when it cannot know. */
  abstract of(userId: string, appId: string): PermittedUser | undefined | Promise<PermittedUser | undefined>;
}
