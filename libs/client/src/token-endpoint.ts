import { encodeBase64, parseJsonObject, type Origin } from '@portcullis/wire';
import type { Clock } from './clock.js';
import { readIssuedTokens } from './issued-tokens.js';
import type { RefreshOutcome } from './refresh-outcome.js';
import { retryAfterSeconds } from './retry-after.js';
import type { SigningSecret } from './signing-secret.js';
import { utf8Bytes } from './text-bytes.js';
import { withinTimeLimit } from './within-time-limit.js';

export interface TokenEndpointParts {
  readonly origin: Origin;
  readonly appId: string;
  readonly clientSecret: SigningSecret | undefined;
  readonly clock: Clock;
  readonly fetch: typeof globalThis.fetch;
}

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, unknown>> | undefined;
}

const PATH = '/oauth/token';
/** Refusals that say nothing of what was asked: too slow, too early, too often. */
const COME_AGAIN = [408, 425, 429];

function formEncoded(text: string): string {
  return encodeURIComponent(text).replaceAll('%20', '+');
}

/** The refresh grant of OAuth 2 (RFC 6749 §6), asked once. */
export class TokenEndpoint {
  constructor(private readonly parts: TokenEndpointParts) {}

  /** Throws only what reading the client secret throws; nothing was sent then. */
  async refresh(refreshToken: string, timeLimitMs: number): Promise<RefreshOutcome> {
    const { clock } = this.parts;
    const init = await this.request(refreshToken);
    // Before it is sent: a life that is counted from the answer would end later than the server's.
    const askedAtMs = clock.now();
    try {
      const answer = await withinTimeLimit(timeLimitMs, (signal) => this.ask({ ...init, signal }));
      return judge(answer, askedAtMs);
    } catch (cause) {
      return { kind: 'unanswered', cause };
    }
  }

  private async request(refreshToken: string): Promise<RequestInit> {
    const { appId, clientSecret } = this.parts;
    const form = `grant_type=refresh_token&refresh_token=${formEncoded(refreshToken)}`;
    const headers = new Headers({ 'content-type': 'application/x-www-form-urlencoded' });
    const init = { method: 'POST', headers, redirect: 'error', cache: 'reload' } as const;
    if (clientSecret === undefined) return { ...init, body: `${form}&client_id=${formEncoded(appId)}` };
    const secret = typeof clientSecret === 'string' ? clientSecret : await clientSecret();
    // RFC 6749 §2.3.1: each half is form-encoded first.
    const basic = encodeBase64(utf8Bytes(`${formEncoded(appId)}:${formEncoded(secret)}`));
    headers.set('authorization', `Basic ${basic}`);
    return { ...init, body: form };
  }

  private async ask(init: RequestInit): Promise<Answer> {
    const { origin, fetch } = this.parts;
    const response = await fetch(origin.text + PATH, init);
    const { status, headers } = response;
    return { status, headers, body: parseJsonObject(await response.text()) };
  }
}

/** Whatever the server would not say is no answer: a portal's page with 200 in it, a proxy's error. */
function judge({ status, headers, body }: Answer, askedAtMs: number): RefreshOutcome {
  if (status >= 400 && status < 500 && !COME_AGAIN.includes(status)) {
    const error = body?.['error'];
    const oauthError = typeof error === 'string' ? error : undefined;
    // Only this, and only as RFC 6749 §5.2 has it: whatever else goes wrong signs nobody out.
    if (status === 400 && oauthError === 'invalid_grant') return { kind: 'ended' };
    return { kind: 'refused', status, oauthError };
  }
  const tokens = status === 200 && body ? readIssuedTokens(body) : undefined;
  if (tokens) return { kind: 'renewed', askedAtMs, tokens };
  return { kind: 'unanswered', status, retryAfterSeconds: retryAfterSeconds(headers) };
}
