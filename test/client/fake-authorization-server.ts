import { randomBytes } from 'node:crypto';
import { MemorySessionStore, PortcullisClient, type ClientOptions } from '@portcullis/client';

export const ISSUER = 'https://login.example.com';
export const ORIGIN = 'https://api.example.com';
export const REDIRECT_URI = 'com.example.bank:/callback';

export const METADATA = {
  issuer: ISSUER,
  authorization_endpoint: `${ISSUER}/authorize`,
  token_endpoint: `${ISSUER}/token`,
  pushed_authorization_request_endpoint: `${ISSUER}/par`,
  revocation_endpoint: `${ISSUER}/revoke`,
  code_challenge_methods_supported: ['S256'],
  authorization_response_iss_parameter_supported: true,
  dpop_signing_alg_values_supported: ['ES256'],
};

export interface Served {
  readonly url: string;
  readonly method: string;
  readonly headers: Headers;
  readonly form: URLSearchParams;
}

export type Answering = (served: Served) => Response | Promise<Response>;

const random = () => randomBytes(16).toString('base64url');
const problem = (code: string, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify({ code }), {
    status: 401,
    headers: { 'content-type': 'application/problem+json', ...headers },
  });

/** An authorization server, and the API that takes its tokens, of which a test says what they answer. */
export class FakeAuthorizationServer {
  readonly served: Served[] = [];
  metadata: Readonly<Record<string, unknown>> = METADATA;
  tokenType = 'Bearer';
  /** In the place of what would be answered, by path; one each. */
  readonly next = new Map<string, Answering[]>();
  /** What the API, and the token endpoint, want to see in a proof; none unless told. */
  readonly nonces: { api?: string; token?: string } = {};
  private readonly live = new Set<string>();

  readonly fetch = (async (url: string, { method = 'GET', headers, body }: RequestInit = {}) => {
    const text = body instanceof Uint8Array ? Buffer.from(body).toString() : ((body as string | null) ?? '');
    const served = { url, method, headers: new Headers(headers), form: new URLSearchParams(text) };
    this.served.push(served);
    const { pathname } = new URL(url);
    // As late as a network.
    await new Promise((resolve) => setImmediate(resolve));
    const answering = this.next.get(pathname)?.shift();
    return answering ? answering(served) : this.answer(pathname, served);
  }) as typeof globalThis.fetch;

  to(path: string): Served[] {
    return this.served.filter(({ url }) => new URL(url).pathname === path);
  }

  answers(path: string, ...answering: Answering[]): void {
    this.next.set(path, answering);
  }

  revokeAccessTokens(): void {
    this.live.clear();
  }

  issue(more: object = {}): Response {
    const [access_token, refresh_token] = [random(), random()];
    this.live.add(access_token);
    const { tokenType: token_type } = this;
    return Response.json({ access_token, refresh_token, token_type, expires_in: 300, ...more });
  }

  private answer(path: string, { headers }: Served): Response {
    if (path.startsWith('/.well-known/')) return Response.json(this.metadata);
    if (path === '/par') return Response.json({ request_uri: 'urn:x:1', expires_in: 60 }, { status: 201 });
    if (path === '/token')
      return lacks(headers, this.nonces.token)
        ? Response.json(
            { error: 'use_dpop_nonce' },
            { status: 400, headers: { 'dpop-nonce': String(this.nonces.token) } },
          )
        : this.issue();
    if (path === '/revoke') return new Response(null, { status: 200 });
    if (lacks(headers, this.nonces.api))
      return problem('use_dpop_nonce', { 'dpop-nonce': String(this.nonces.api) });
    const [, token = ''] = (headers.get('authorization') ?? '').split(' ');
    return this.live.has(token) ? Response.json({}) : problem('user_token_invalid');
  }
}

function lacks(headers: Headers, nonce: string | undefined): boolean {
  return nonce !== undefined && claimsOf(headers.get('dpop') ?? '')['nonce'] !== nonce;
}

/** What a proof says, unverified. */
export function claimsOf(proof: string): Record<string, unknown> {
  const [, claims = 'e30'] = proof.split('.');
  return JSON.parse(Buffer.from(claims, 'base64url').toString()) as Record<string, unknown>;
}

export interface CodeApp {
  readonly client: PortcullisClient;
  readonly server: FakeAuthorizationServer;
  readonly sessions: MemorySessionStore;
  readonly pending: MemorySessionStore;
  /** The app after its process ended and was started again: with its stores, and nothing else. */
  restarted(options?: Partial<ClientOptions>): PortcullisClient;
}

export function codeApp(options: Partial<ClientOptions> = {}): CodeApp {
  const server = new FakeAuthorizationServer();
  const [sessions, pending] = [new MemorySessionStore(), new MemorySessionStore()];
  const restarted = (more: Partial<ClientOptions> = {}) =>
    new PortcullisClient({
      origin: ORIGIN,
      app: { id: 'bank-ios' },
      authorization: { issuer: ISSUER, pending },
      sessions,
      fetch: server.fetch,
      ...options,
      ...more,
    });
  return { client: restarted(), server, sessions, pending, restarted };
}

/** What the server would have the browser open, as answer to the request in `url`. */
export function callbackOf(url: string, more: Readonly<Record<string, string>> = {}): string {
  const state = new URL(url).searchParams.get('state') ?? '';
  return `${REDIRECT_URI}?${new URLSearchParams({ code: 'the-code', state, iss: ISSUER, ...more })}`;
}

export async function signedInByCode(app: CodeApp): Promise<void> {
  const url = await app.client.authorization.begin({ redirectUri: REDIRECT_URI });
  await app.client.authorization.complete(callbackOf(url));
}
