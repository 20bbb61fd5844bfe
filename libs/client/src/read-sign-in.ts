import { isBearerToken, readIssuedTokens } from './issued-tokens.js';
import type { KeptSession } from './kept-session.js';
import type { StartedSession } from './session.js';

export interface SignInAnswer {
  readonly started: StartedSession;
  /** What to keep of it, for a sign-in that was asked for at `askedAtMs`. */
  readonly keptAs: (mark: string, askedAtMs: number) => KeptSession;
}

/** What `POST /sessions` answers with, of either kind; undefined for anything else. */
export function readSignIn(answer: Readonly<Record<string, unknown>>): SignInAnswer | undefined {
  const { session_key: sessionKey, scope, expires_in, absolute_expires_in, refresh_expires_in } = answer;
  if (typeof scope !== 'string') return undefined;
  const scopes = scope.split(' ').filter((one) => one !== '');
  if (isBearerToken(sessionKey)) {
    const lives = {
      expiresInSeconds: Number(expires_in),
      absoluteExpiresInSeconds: Number(absolute_expires_in),
    };
    return {
      started: { kind: 'opaque', ...lives, scopes },
      keptAs: () => ({ kind: 'opaque', sessionKey }),
    };
  }
  const tokens = readIssuedTokens(answer);
  const refreshToken = tokens?.refreshToken;
  if (!tokens || refreshToken === undefined) return undefined;
  const expiresInSeconds = Number(refresh_expires_in);
  return {
    started: { kind: 'tokens', expiresInSeconds, absoluteExpiresInSeconds: undefined, scopes },
    keptAs: (mark, askedAtMs) => ({ kind: 'tokens', mark, askedAtMs, ...tokens, refreshToken }),
  };
}
