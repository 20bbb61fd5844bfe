/** What a user has allowed, as an authorization code stands for it (RFC 6749 §4.1.2). */
export interface AuthorizationGrant {
  readonly appId: string;
  /** As it was asked for, character by character. */
  readonly redirectUri: string;
  readonly codeChallenge: string;
  readonly codeChallengeMethod: 'S256' | 'plain';
  readonly userId: string;
  /** Keyed hash of the account's credential version: a new password ends what was allowed under the old one. */
  readonly credentialVersionHash: string;
  readonly scopes: readonly string[];
  /** RFC 8707; null: the issuer's own API. */
  readonly resource: string | null;
  /** RFC 9449 §10: thumbprint of the key that the request named; null where it named none. */
  readonly dpopJkt: string | null;
  /** What the browser said of itself, for the user to recognise the session by. */
  readonly device: string | null;
  /** Network of the browser. */
  readonly address: string | null;
}
