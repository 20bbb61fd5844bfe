import type { Authorization } from './authorization.js';
import { AuthorizationCodeFlow } from './authorization-code-flow.js';
import { AuthorizationServer } from './authorization-server.js';
import { BackChannel } from './back-channel.js';
import type { CallOptions } from './call-options.js';
import { resolveClientOptions, type ClientOptions } from './client.options.js';
import { DpopProofs } from './dpop-proofs.js';
import type { TokenSession } from './kept-session.js';
import { PatientRefresh } from './patient-refresh.js';
import { readRequest } from './read-request.js';
import { Revocation } from './revocation.js';
import { Sender } from './sender.js';
import { SessionKeeper } from './session-keeper.js';
import { SessionVault } from './session-vault.js';
import type { ListedSession, StartedSession } from './session.js';
import { TokenEndpoint } from './token-endpoint.js';
import { UserSessions, type Login } from './user-sessions.js';

/**
 * Calls an API that Portcullis guards: adds the app's key or signature, an app integrity token and the user's session, refreshes
 * the session when it is time, and corrects its clock when the server proves that it is wrong.
 *
 * ```ts
 * const client = new PortcullisClient({ origin: 'https://api.example.com', app: { id: 'bank-ios' } });
 * await client.signIn({ username, password });
 * const accounts = await (await client.fetch('/accounts')).json();
 * ```
 */
export class PortcullisClient {
  private readonly sender: Sender;
  private readonly origin: ReturnType<typeof resolveClientOptions>['origin'];
  private readonly users: UserSessions;

  /** Sign-in in the system's browser, where the app sees no password. */
  readonly authorization: Authorization;

  /** Throws a TypeError that names the option that is wrong. */
  constructor(options: ClientOptions) {
    const resolved = resolveClientOptions(options);
    this.origin = resolved.origin;
    const { clock, engine, device, onSignedOut, dpop, refreshTimeLimitMs: timeLimitMs } = resolved;
    const proofs = dpop && new DpopProofs({ source: dpop, engine, clock });
    const server = new AuthorizationServer(resolved);
    const channel = new BackChannel({ ...resolved, proofs });
    const endpoint = new TokenEndpoint({ ...resolved, server, channel });
    const refresh = new PatientRefresh({ endpoint, clock, timeLimitMs });
    const vault = new SessionVault(resolved.sessions);
    const isUsable = async ({ issuer = server.issuer, boundTo }: TokenSession) =>
      issuer === server.issuer && (boundTo === undefined || boundTo === (await proofs?.thumbprint()));
    const keeper = new SessionKeeper({ vault, refresh, clock, isUsable, onSignedOut });
    this.sender = new Sender(resolved, keeper, proofs);
    const revocation = new Revocation(server, channel);
    this.users = new UserSessions({ call: this.fetch, keeper, refresh, revocation, engine, clock, device });
    this.authorization = new AuthorizationCodeFlow({ ...resolved, server, channel, proofs, keeper });
  }

  /**
   * As the platform's `fetch`, for a path or a URL of the API; it may be handed around by itself. The body is read at
   * once and signed as it is sent; redirects are not followed, and nothing comes out of a cache.
   *
   * Throws a ProblemError for a refusal of the server's, an AnswerError for an answer that is not authentic, a SessionError
   * when the session has ended or cannot be refreshed just now, and what the platform throws when the network fails. Any
   * other answer is returned, of whatever status.
   */
  readonly fetch = async (
    input: string | URL | Request,
    init: RequestInit = {},
    call: CallOptions = {},
  ): Promise<Response> => this.sender.send(await readRequest(input, init, this.origin), call);

  /** Exchanges a password for a session; the password is not kept. A ProblemError `user_token_invalid` when it is wrong. */
  signIn(login: Login): Promise<StartedSession> {
    return this.users.signIn(login);
  }

  /** Ends the session here at once, and on the server; throws when the server could not be told, and it is ended here. */
  signOut(): Promise<void> {
    return this.users.signOut();
  }

  /** Ends all sessions of the user. Throws when the server has not ended them, and this one stays. */
  signOutEverywhere(): Promise<void> {
    return this.users.signOutEverywhere();
  }

  /** All sessions of the user. */
  sessions(): Promise<readonly ListedSession[]> {
    return this.users.list();
  }
}
