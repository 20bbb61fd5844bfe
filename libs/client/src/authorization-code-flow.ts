import { AnswerError } from './answer-error.js';
import type { Authorization } from './authorization.js';
import { AuthorizationError } from './authorization-error.js';
import {
  authorizationUrl,
  checkAuthorizationRequest,
  newSecret,
  requestFields,
  type AuthorizationRequest,
} from './authorization-request.js';
import type { AuthorizationServer } from './authorization-server.js';
import type { AuthorizationServerMetadata } from './authorization-server-metadata.js';
import { oauthErrorOf, type BackChannel, type BackChannelAnswer } from './back-channel.js';
import type { Clock } from './clock.js';
import type { CryptoEngine } from './crypto-engine.js';
import { DpopKeyFailure } from './dpop-key-failure.js';
import type { DpopProofs } from './dpop-proofs.js';
import type { FormFields } from './form.js';
import { readIssuedTokens } from './issued-tokens.js';
import { makeNonce } from './make-nonce.js';
import { readPendingAuthorization, writePendingAuthorization } from './pending-authorization.js';
import type { PendingAuthorization } from './pending-authorization.js';
import { readCallback } from './read-callback.js';
import { readCode } from './read-code.js';
import { isRefusal } from './is-refusal.js';
import { retryAfterSeconds } from './retry-after.js';
import type { SessionKeeper } from './session-keeper.js';
import type { SessionStore } from './session-store.js';
import type { StartedSession } from './session.js';
import { withinTimeLimit } from './within-time-limit.js';

export interface AuthorizationCodeFlowParts {
  readonly appId: string;
  readonly server: AuthorizationServer;
  readonly channel: BackChannel;
  readonly proofs: DpopProofs | undefined;
  readonly keeper: SessionKeeper;
  readonly pending: SessionStore;
  readonly engine: CryptoEngine;
  readonly clock: Clock;
}

interface Completion {
  readonly callbackUrl: string;
  readonly session: Promise<StartedSession>;
}

const TIME_LIMIT_MS = 20_000;

/** The one that `PortcullisClient` has. */
export class AuthorizationCodeFlow implements Authorization {
  private completion: Completion | undefined;

  constructor(private readonly parts: AuthorizationCodeFlowParts) {}

  async begin(request: AuthorizationRequest): Promise<string> {
    checkAuthorizationRequest(request);
    const { appId, server, proofs, engine, clock, pending: store } = this.parts;
    const metadata = await server.metadata();
    const pending: PendingAuthorization = {
      issuer: metadata.issuer,
      redirectUri: request.redirectUri,
      state: await newSecret(engine),
      verifier: await newSecret(engine),
      scope: request.scopes?.join(' '),
      resource: request.resource,
      begunAtMs: clock.now(),
    };
    if (proofs && metadata.dpop_signing_alg_values_supported?.includes('ES256') !== true)
      throw new AuthorizationError('server_unsuitable', {
        metadataMember: 'dpop_signing_alg_values_supported',
      });
    const thumbprint = await proofs?.thumbprint();
    const fields = await requestFields({
      appId,
      engine,
      pending,
      thumbprint,
      more: request.parameters ?? {},
    });
    const isPushed = request.pushed === true || metadata.require_pushed_authorization_requests === true;
    const asked = isPushed ? await this.push(fields, metadata) : fields;
    await store.save(writePendingAuthorization(pending));
    return authorizationUrl(metadata, asked);
  }

  complete(callbackUrl: string): Promise<StartedSession> {
    if (this.completion?.callbackUrl === callbackUrl) return this.completion.session;
    const completion: Completion = { callbackUrl, session: this.finish(callbackUrl) };
    const over = () => {
      if (this.completion === completion) this.completion = undefined;
    };
    completion.session.then(over, over);
    this.completion = completion;
    return completion.session;
  }

  /** RFC 9126 §2: the browser is given a reference in the place of the request. */
  private async push(fields: FormFields, metadata: AuthorizationServerMetadata): Promise<FormFields> {
    const url = metadata.pushed_authorization_request_endpoint;
    if (url === undefined)
      throw new AuthorizationError('server_unsuitable', {
        metadataMember: 'pushed_authorization_request_endpoint',
      });
    const answer = await this.post(url, fields);
    if (isRefusal(answer.status))
      throw new AuthorizationError('request_refused', {
        status: answer.status,
        oauthError: oauthErrorOf(answer),
      });
    const requestUri = answer.body?.['request_uri'];
    if (answer.status !== 201 || typeof requestUri !== 'string' || requestUri === '')
      throw unanswered(answer);
    return { client_id: this.parts.appId, request_uri: requestUri };
  }

  private async finish(callbackUrl: string): Promise<StartedSession> {
    const { server, clock, pending: store } = this.parts;
    const pending = readPendingAuthorization(await store.load(), clock.now());
    if (pending?.issuer !== server.issuer) throw new AuthorizationError('authorization_not_pending');
    const parameters = readCallback(callbackUrl, pending);
    const metadata = await server.metadata();
    // Whoever knows the state has its one try: a code is never presented twice.
    await store.clear();
    return this.redeem(readCode(parameters, metadata), pending, metadata);
  }

  /** RFC 6749 §4.1.3. Asked once: a server that sees a code again takes it for stolen. */
  private async redeem(
    code: string,
    pending: PendingAuthorization,
    metadata: AuthorizationServerMetadata,
  ): Promise<StartedSession> {
    const askedAtMs = this.parts.clock.now();
    const { redirectUri, verifier, resource } = pending;
    const answer = await this.post(metadata.token_endpoint, {
      grant_type: 'authorization_code',
      code,
      redirect_uri: redirectUri,
      code_verifier: verifier,
      resource,
    });
    if (isRefusal(answer.status))
      throw new AuthorizationError('code_refused', {
        status: answer.status,
        oauthError: oauthErrorOf(answer),
      });
    if (answer.status !== 200 || !answer.body) throw unanswered(answer);
    return this.start(answer.body, pending, askedAtMs);
  }

  /** The tokens become a session like any other that has tokens. */
  private async start(
    body: NonNullable<BackChannelAnswer['body']>,
    pending: PendingAuthorization,
    askedAtMs: number,
  ): Promise<StartedSession> {
    const { keeper, proofs, engine } = this.parts;
    // Where there is a key, nothing less than tokens that are bound to it (RFC 9449 §5).
    const tokens = readIssuedTokens(body, proofs ? 'dpop' : 'bearer');
    const refreshToken = tokens?.refreshToken;
    const scope = body['scope'] ?? pending.scope ?? '';
    if (!tokens || refreshToken === undefined || typeof scope !== 'string')
      throw new AnswerError('answer_unexpected', 200);
    const { issuer, resource } = pending;
    const [mark, boundTo] = [await makeNonce(engine), await proofs?.thumbprint()];
    await keeper.keep({
      kind: 'tokens',
      mark,
      askedAtMs,
      ...tokens,
      refreshToken,
      issuer,
      resource,
      boundTo,
    });
    const lives = body['refresh_expires_in'];
    return {
      kind: 'tokens',
      expiresInSeconds: typeof lives === 'number' ? lives : undefined,
      absoluteExpiresInSeconds: undefined,
      scopes: scope.split(' ').filter((one) => one !== ''),
    };
  }

  private async post(url: string, form: FormFields): Promise<BackChannelAnswer> {
    const { channel } = this.parts;
    const credentials = await channel.credentials();
    try {
      return await withinTimeLimit(TIME_LIMIT_MS, (signal) =>
        channel.post({ url, form, credentials, proof: 'dpop', signal }),
      );
    } catch (cause) {
      if (cause instanceof DpopKeyFailure) throw cause.cause;
      throw new AuthorizationError('server_unanswered', { cause });
    }
  }
}

function unanswered({ status, headers }: BackChannelAnswer): AuthorizationError {
  return new AuthorizationError('server_unanswered', {
    status,
    retryAfterSeconds: retryAfterSeconds(headers),
  });
}
