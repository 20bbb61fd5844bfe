export interface IssuedTokens {
  readonly accessToken: string;
  /** None where the one that was presented stays good (RFC 6749 §6). */
  readonly refreshToken: string | undefined;
  /** Of the access token. */
  readonly expiresInSeconds: number;
}

const BEARER_TOKEN = /^[A-Za-z0-9._~+/-]+=*$/;

/** Text that may follow `Bearer` in a header (RFC 6750 §2.1). */
export function isBearerToken(text: unknown): text is string {
  return typeof text === 'string' && BEARER_TOKEN.test(text);
}

/** How an access token is presented: by itself (RFC 6750), or with a proof of the key that it is bound to (RFC 9449). */
export type TokenScheme = 'bearer' | 'dpop';

/** Tokens of an answer (RFC 6749 §5.1), or undefined when there are none of this type that the client can use. */
export function readIssuedTokens(
  answer: Readonly<Record<string, unknown>>,
  scheme: TokenScheme = 'bearer',
): IssuedTokens | undefined {
  const { access_token: accessToken, refresh_token: refreshToken, token_type: type, expires_in } = answer;
  if (!isBearerToken(accessToken) || typeof type !== 'string' || type.toLowerCase() !== scheme)
    return undefined;
  if (refreshToken !== undefined && !isBearerToken(refreshToken)) return undefined;
  if (typeof expires_in !== 'number' || !(expires_in > 0)) return undefined;
  return { accessToken, refreshToken, expiresInSeconds: expires_in };
}
