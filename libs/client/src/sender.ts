import { parseHawkStaleChallenge } from '@portcullis/wire';
import type { CallOptions } from './call-options.js';
import type { ResolvedClientOptions } from './client.options.js';
import { HawkSigner } from './hawk-signer.js';
import { IntegrityTokens } from './integrity-tokens.js';
import { bearerOf, type KeptSession } from './kept-session.js';
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
}

/** Gives requests their credentials, sends them, and judges what comes back. */
export class Sender {
  private readonly clock: ServerClock;
  private readonly tokens: IntegrityTokens | undefined;
  private readonly key: SigningKey | undefined;
  private readonly signer: RequestSigner | undefined;

  constructor(
    private readonly options: ResolvedClientOptions,
    private readonly sessions: SessionKeeper,
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
    const user = await this.userOf(request, call);
    const first = await this.attempt(request, call, user);
    const isCorrected = await this.correctClock(first);
    const second = isCorrected ? await this.attempt(request, call, user) : first;
    const { response, problem } = await this.withNewToken(second, request, call);
    if (problem) throw problem;
    return response;
  }

  /** Asked once a call: whoever signs in meanwhile is not the one who made it. */
  private async userOf(
    { headers, init }: ReadRequest,
    { user = true }: CallOptions,
  ): Promise<KeptSession | undefined> {
    if (!user || headers.has('authorization')) return undefined;
    return orAborted(() => this.sessions.current(), init.signal);
  }

  /**
   * Once more, and no more than once, with another access token where the one it carried was refused. It is signed anew,
   * with a nonce of its own, and has the same `Idempotency-Key`. Without one it is no different: guards refuse a token
   * before any handler is asked, so that nothing was done which is done again.
   */
  private async withNewToken(refused: Attempt, request: ReadRequest, call: CallOptions): Promise<Attempt> {
    const { user, problem } = refused;
    if (user?.kind !== 'tokens' || problem?.code !== 'user_token_invalid') return refused;
    const renewed = await orAborted(() => this.sessions.afterRefusal(user), request.init.signal);
    return renewed ? this.attempt(request, call, renewed) : refused;
  }

  private async attempt(
    { init, ...request }: ReadRequest,
    call: CallOptions,
    user: KeptSession | undefined,
  ): Promise<Attempt> {
    const { origin, fetch } = this.options;
    const headers = new Headers(request.headers);
    if (user) headers.set('authorization', `Bearer ${bearerOf(user)}`);
    const token = await this.addIntegrityToken(headers, call);
    const verify = await this.sign({ ...request, headers }, call);
    const response = await fetch(origin.text + request.target, {
      // An answer out of a cache answers another request. `no-store` makes React Native change the URL.
      cache: 'reload',
      ...init,
      method: request.method,
      headers,
      body: request.body ?? null,
      // A redirect would carry keys and tokens to wherever it leads.
      redirect: init.redirect === 'manual' ? 'manual' : 'error',
    });
    await verify?.(response);
    const problem = await readProblem(response);
    if (problem?.code === 'integrity_token_invalid' && token !== undefined) await this.tokens?.discard(token);
    return { user, response, problem };
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
