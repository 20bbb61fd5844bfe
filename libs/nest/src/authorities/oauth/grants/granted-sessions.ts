import { Injectable } from '@nestjs/common';
import { SecurityProblem } from '../../../pipeline/index.js';
import { Sessions, type NewTokenSession, type StartedAccess } from '../../sessions/index.js';
import { InvalidGrant } from '../../tokens/index.js';
import type { Exchange } from '../protocol/exchange.js';
import { mayRefresh } from './may-refresh.js';
import type { GrantedTokens, TokenAnswer } from '../protocol/granted-tokens.js';

/** What a user has granted the app of an exchange, by whatever grant. */
export type GrantedSession = Omit<
  NewTokenSession,
  'app' | 'kind' | 'boundKey' | 'refreshBoundKey' | 'requestedScopes'
> & { readonly requestedScopes: readonly string[] };

/** Begins the sessions that grants of users are exchanged for. */
@Injectable()
export class GrantedSessions {
  constructor(private readonly sessions: Sessions) {}

  /**
   * Tokens for the client of the exchange, bound to the key that it has proven, if any; a refresh token only where it may use one.
   * Throws `InvalidGrant` when user or app changed in the meantime, and `temporarily_unavailable`.
   */
  async start(exchange: Exchange, granted: GrantedSession): Promise<GrantedTokens> {
    const { knownClient: app, dpop } = exchange;
    const boundKey = dpop?.thumbprint ?? null;
    // RFC 9449 §5: the refresh tokens of an app that authenticates are bound by that.
    const refreshBoundKey = app.clientType === 'public' ? boundKey : null;
    const session = { ...granted, app, boundKey, refreshBoundKey };
    const started = await (
      mayRefresh(app)
        ? this.sessions.start({ ...session, kind: 'tokens' })
        : this.sessions.startUnrenewable(session)
    ).catch(orInvalidGrant);
    const { id: sessionId, userId } = started.session;
    return {
      answer: answerOf(started, dpop ? 'DPoP' : 'Bearer'),
      userId,
      sessionId,
      tokenId: started.accessTokenId,
    };
  }
}

function answerOf(
  started: StartedAccess & { readonly refreshToken?: string },
  tokenType: TokenAnswer['token_type'],
): TokenAnswer {
  return {
    access_token: started.accessToken,
    token_type: tokenType,
    expires_in: started.accessTokenExpiresInSeconds,
    ...(started.refreshToken !== undefined && { refresh_token: started.refreshToken }),
    scope: started.session.scopes.join(' '),
  };
}

/** In the words of the token endpoint: there, a user's credentials and an app's key are not what was presented. */
function orInvalidGrant(error: unknown): never {
  const { code } = error instanceof SecurityProblem ? error : {};
  if (code === 'user_token_invalid') throw new InvalidGrant('user_changed');
  if (code === 'app_key_invalid') throw new InvalidGrant('app_removed');
  throw error;
}
