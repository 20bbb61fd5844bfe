/** An authorization request (RFC 6749 §4.1.1) whose every part was checked. */
export interface AuthorizationRequest {
  readonly appId: string;
  /** As it was asked for, character by character. */
  readonly redirectUri: string;
  readonly responseType: 'code' | 'token';
  readonly responseMode: 'query' | 'fragment';
  readonly state: string | null;
  /** RFC 7636 §4.3; null for `token`, which has no code to protect. */
  readonly codeChallenge: string | null;
  readonly codeChallengeMethod: 'S256' | 'plain';
  /** What app and resource server know of what was asked for; what the user holds is not looked at yet. */
  readonly scopes: readonly string[];
  /** RFC 8707; null: the issuer's own API. */
  readonly resource: string | null;
  /** RFC 9449 §10 */
  readonly dpopJkt: string | null;
}
