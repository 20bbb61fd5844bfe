import { parseHawkStaleChallenge } from '@portcullis/wire';
import type { CallOptions } from './call-options.js';
import type { ResolvedClientOptions } from './client.options.js';
import type { DpopProofs, ProvenRequest } from './dpop-proofs.js';
import { HawkSigner } from './hawk-signer.js';
import { IntegrityTokens } from './integrity-tokens.js';
import { bearerOf, type KeptSession, type TokenSession } from './kept-session.js';
import { MessageSignatureSigner } from './message-signature-signer.js';
import { orAborted } from './or-aborted.js';
import type { OutboundRequest } from './outbound-request.js';
import type { ProblemError } from './problem-error.js';
import { readProblem } from './read-problem.js';
import type { ReadRequest } from './read-request.js';
import type { AnswerVerifier, RequestSigner } from './request-signer.js';
import { ServerClock } from './server-clock.js';
import type { SessionKeeper } from './session-keeper.js';
import { SigningKey } from './signing-key.js';

const INTEGRITY_HEADERS = ['x-integrity-token', 'approov-token', 'x-firebase-appcheck'];

interface Attempt {
  /** Whose session it carried; undefined where it carried none, or one that the call brought itself. */
  readonly user: KeptSession | undefined;
  readonly response: Response;
  readonly problem: ProblemError | undefined;
  /** Whether its proof can be made anew with a nonce that the answer has brought. */
  readonly hasNewNonce: boolean;
}

/** As whom a call is sent again. */
interface Again {
  readonly user: KeptSession | undefined;
}

type Remedy = (refused: Attempt, signal: AbortSignal | null | undefined) => Promise<Again | undefined>;

const NONCE_CHALLENGE = /\bDPoP\b.*\berror="use_dpop_nonce"/i;

function isBound(user: KeptSession | undefined): user is TokenSession {
  return user?.kind === 'tokens' && user.boundTo !== undefined;
}

/** Gives requests their credentials, sends them, and judges what comes back. */
export class Sender {
  private readonly clock: ServerClock;
  private readonly tokens: IntegrityTokens | undefined;
  private readonly key: SigningKey | undefined;
  private readonly signer: RequestSigner | undefined;

  /** What a refusal is answered with, in the order in which guards ask. None of them twice in a call: no storms. */
  private readonly remedies: readonly Remedy[] = [
    (refused) => this.withRightClock(refused),
    (refused) => this.withNonce(refused),
    (refused, signal) => this.withNewToken(refused, signal),
  ];

  constructor(
    private readonly options: ResolvedClientOptions,
    private readonly sessions: SessionKeeper,
    private readonly proofs: DpopProofs | undefined,
  ) {
    const { signing, engine, clock, origin, appId, integritySource, integrityHeader } = options;
    this.clock = new ServerClock(clock);
    this.tokens = integritySource && new IntegrityTokens(integritySource, clock);
    if (!signing) return;
    const key = (this.key = new SigningKey(signing.secret, engine));
    const integrityHeaders = [...new Set([...INTEGRITY_HEADERS, integrityHeader])];
    this.signer =
      signing.scheme === 'hawk'
        ? new HawkSigner({ appId, key, engine, origin })
        : new MessageSignatureSigner({ appId, key, engine, origin, integrityHeaders });
  }

  /** The answer, when it is no refusal. Throws a ProblemError, an AnswerError, a SessionError, and what `fetch` throws. */
  async send(request: ReadRequest, asked: CallOptions): Promise<Response> {
    const call = { ...this.options.defaults, ...asked };
    let attempt = await this.attempt(request, call, await this.userOf(request, call));
    const untried = [...this.remedies];
    for (let at = 0; at < untried.length && !attempt.response.ok; at += 1) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other: each answers the refusal of the last attempt
      const again = await untried[at]?.(attempt, request.init.signal);
      if (!again) continue;
      untried.splice(at, 1);
      at = -1;
      // oxlint-disable-next-line no-await-in-loop -- as above
      attempt = await this.attempt(request, call, again.user);
    }
    if (attempt.problem) throw attempt.problem;
    return attempt.response;
  }

  /** Asked once a call: whoever signs in meanwhile is not the one who made it. */
  private async userOf(
    { headers, init }: ReadRequest,
    { user = true }: CallOptions,
  ): Promise<KeptSession | undefined> {
    if (!user || headers.has('authorization')) return undefined;
    return orAborted(() => this.sessions.current(), init.signal);
  }

  /** Signed anew, at the server's time. */
  private async withRightClock(refused: Attempt): Promise<Again | undefined> {
    return (await this.correctClock(refused)) ? { user: refused.user } : undefined;
  }

  /** With the nonce that the server wants to see in the proof, and has sent along (RFC 9449 §9). */
  private async withNonce({ user, response, problem, hasNewNonce }: Attempt): Promise<Again | undefined> {
    const challenge = response.headers.get('www-authenticate') ?? '';
    const isAsked = problem?.code === 'use_dpop_nonce' || NONCE_CHALLENGE.test(challenge);
    return hasNewNonce && response.status === 401 && isAsked ? { user } : undefined;
  }

  /**
   * With another access token where the one it carried was refused. It is signed anew, with a nonce of its own, and has the
   * same `Idempotency-Key`. Without one it is no different: guards refuse a token before any handler is asked, so that
   * nothing was done which is done again.
   */
  private async withNewToken(
    { user, problem }: Attempt,
    signal: AbortSignal | null | undefined,
  ): Promise<Again | undefined> {
    if (user?.kind !== 'tokens' || problem?.code !== 'user_token_invalid') return undefined;
    const renewed = await orAborted(() => this.sessions.afterRefusal(user), signal);
    return renewed && { user: renewed };
  }

  private async attempt(
    { init, ...request }: ReadRequest,
    call: CallOptions,
    user: KeptSession | undefined,
  ): Promise<Attempt> {
    const { origin, fetch } = this.options;
    const headers = new Headers(request.headers);
    const url = origin.text + request.target;
    await this.addUser(headers, user, { method: request.method, url });
    const token = await this.addIntegrityToken(headers, call);
    const verify = await this.sign({ ...request, headers }, call);
    const response = await fetch(url, {
      // An answer out of a cache answers another request. `no-store` makes React Native change the URL.
      cache: 'reload',
      ...init,
      method: request.method,
      headers,
      body: request.body ?? null,
      // A redirect would carry keys and tokens to wherever it leads.
      redirect: init.redirect === 'manual' ? 'manual' : 'error',
    });
    const hasNewNonce = isBound(user) && this.proofs?.learn(url, response.headers) === true;
    await verify?.(response);
    const problem = await readProblem(response);
    if (problem?.code === 'integrity_token_invalid' && token !== undefined) await this.tokens?.discard(token);
    return { user, response, problem, hasNewNonce };
  }

  /** Before anything that is made over what it adds: the integrity token, the signature. */
  private async addUser(
    headers: Headers,
    user: KeptSession | undefined,
    request: ProvenRequest,
  ): Promise<void> {
    if (!user) return;
    const accessToken = bearerOf(user);
    if (!isBound(user)) return headers.set('authorization', `Bearer ${accessToken}`);
    if (!this.proofs) throw new TypeError('dpop: expected the key of the session');
    headers.set('authorization', `DPoP ${accessToken}`);
    headers.set('dpop', await this.proofs.prove({ ...request, accessToken }));
  }

  /** Unless the call has brought one itself; the token that was added. */
  private async addIntegrityToken(
    headers: Headers,
    { integrity = true }: CallOptions,
  ): Promise<string | undefined> {
    const { integrityHeader } = this.options;
    if (!this.tokens || integrity === false || headers.has(integrityHeader)) return undefined;
    const authorization = headers.get('authorization') ?? undefined;
    const token = await (integrity === 'fresh'
      ? this.tokens.single(authorization)
      : this.tokens.current(authorization));
    headers.set(integrityHeader, token);
    return token;
  }

  private async sign(
    request: OutboundRequest,
    { signature = true, verifyAnswer = true }: CallOptions,
  ): Promise<AnswerVerifier | undefined> {
    if (!this.signer || !signature) {
      request.headers.set('x-api-key', this.options.appId);
      return undefined;
    }
    const verify = await this.signer.sign(request, this.clock.nowSeconds());
    return verifyAnswer ? verify : undefined;
  }

  /** Only by a time that the server authenticated with the secret that both sides hold. */
  private async correctClock({ response, problem }: Attempt): Promise<boolean> {
    if (!this.key || problem?.code !== 'signature_stale') return false;
    const challenge = parseHawkStaleChallenge(response.headers.get('www-authenticate') ?? '');
    if (!challenge || !(await this.key.verifyTime(challenge))) return false;
    this.clock.set(challenge.ts);
    return true;
  }
}
