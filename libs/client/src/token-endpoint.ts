import type { Origin } from '@portcullis/wire';
import type { AuthorizationServer } from './authorization-server.js';
import { oauthErrorOf, type BackChannel, type BackChannelAnswer } from './back-channel.js';
import type { Clock } from './clock.js';
import { DpopKeyFailure } from './dpop-key-failure.js';
import { isRefusal } from './is-refusal.js';
import { readIssuedTokens } from './issued-tokens.js';
import { tokenSchemeOf, type TokenSession } from './kept-session.js';
import type { RefreshOutcome } from './refresh-outcome.js';
import { retryAfterSeconds } from './retry-after.js';
import { withinTimeLimit } from './within-time-limit.js';

export interface TokenEndpointParts {
  readonly origin: Origin;
  readonly server: AuthorizationServer;
  readonly channel: BackChannel;
  readonly clock: Clock;
}

const PATH = '/oauth/token';

/** The refresh grant of OAuth 2 (RFC 6749 §6), asked once. */
export class TokenEndpoint {
  constructor(private readonly parts: TokenEndpointParts) {}

  /** Throws only what reading the client secret, and the key, throw; nothing was done then. */
  async refresh(session: TokenSession, timeLimitMs: number): Promise<RefreshOutcome> {
    const { channel, clock } = this.parts;
    const { refreshToken: refresh_token, resource } = session;
    const form = { grant_type: 'refresh_token', refresh_token, resource };
    const credentials = await channel.credentials();
    // Before it is sent: a life that is counted from the answer would end later than the server's.
    const askedAtMs = clock.now();
    const proof = session.boundTo === undefined ? 'none' : 'dpop';
    try {
      const answer = await withinTimeLimit(timeLimitMs, async (signal) =>
        channel.post({ url: await this.urlFor(session), form, credentials, proof, signal }),
      );
      return judge(answer, session, askedAtMs);
    } catch (cause) {
      if (cause instanceof DpopKeyFailure) throw cause.cause;
      return { kind: 'unanswered', cause };
    }
  }

  /** Where its tokens came from. */
  private async urlFor({ issuer }: TokenSession): Promise<string> {
    const { origin, server } = this.parts;
    return issuer === undefined ? origin.text + PATH : (await server.metadata()).token_endpoint;
  }
}

/** Whatever the server would not say is no answer: a portal's page with 200 in it, a proxy's error. */
function judge(answer: BackChannelAnswer, session: TokenSession, askedAtMs: number): RefreshOutcome {
  const { status, headers, body } = answer;
  if (isRefusal(status)) {
    const oauthError = oauthErrorOf(answer);
    // Only this, and only as RFC 6749 §5.2 has it: whatever else goes wrong signs nobody out.
    if (status === 400 && oauthError === 'invalid_grant') return { kind: 'ended' };
    return { kind: 'refused', status, oauthError };
  }
  const tokens = status === 200 && body ? readIssuedTokens(body, tokenSchemeOf(session)) : undefined;
  if (tokens) return { kind: 'renewed', askedAtMs, tokens };
  return { kind: 'unanswered', status, retryAfterSeconds: retryAfterSeconds(headers) };
}
