import type { Credentials } from '@portcullis/wire';

export interface CallingApp {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly string[];
  /**
   * False only for an id that is vouched for by a signature and is not registered: the signature layer then does its
   * full work under a key that nobody has, so that an unknown id and a wrong secret look and last the same.
   */
  readonly registered: boolean;
}

export interface VerifiedSignature {
  readonly scheme: string;
  /** Which of the app's signing secrets made it. */
  readonly secretId: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

export interface VerifiedIntegrity {
  readonly issuer: string;
  readonly tokenId: string | undefined;
  /** Installation (`did`), when the attestation service named one. */
  readonly installationId: string | undefined;
}

export interface CallingUser {
  readonly id: string;
  readonly username: string | undefined;
  /** What the user holds, cut down to what they may do through the calling app. */
  readonly scopes: readonly string[];
  /** What this session or token was granted. */
  readonly granted: readonly string[];
  readonly credential: {
    readonly kind: 'session' | 'access-token';
    /** Of the session, or the token's `jti`. */
    readonly id: string;
    /** The session that a token belongs to, or the session itself; undefined for a token of which nobody said so. */
    readonly sessionId?: string | undefined;
  };
  /** The app that the session or token was issued to. */
  readonly clientId: string;
}

/** What the layers establish about a request, each its own part. */
export interface Facts {
  readonly app: CallingApp;
  readonly signature: VerifiedSignature;
  readonly integrity: VerifiedIntegrity;
  readonly user: CallingUser;
  /** Effective scopes: app ∩ user ∩ user through this app ∩ granted. */
  readonly scopes: readonly string[];
}

/** What is known so far while a plan runs. */
export interface Known extends Partial<{ [F in keyof Facts]: Facts[F] | undefined }> {
  credentials: Credentials;
}

/** What a handler is told (`@Caller()`). */
export interface CallerFacts extends Partial<{ readonly [F in keyof Facts]: Facts[F] | undefined }> {
  readonly requestId: string;
  readonly peerAddress: string;
}
