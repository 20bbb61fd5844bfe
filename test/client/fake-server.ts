import { randomBytes } from 'node:crypto';

const GRACE_MS = 30_000;
const ACCESS_LIFE_SECONDS = 300;

interface Family {
  readonly username: string;
  refreshToken: string;
  predecessor: string | undefined;
  rotatedAtMs: number;
  isOver: boolean;
}

/** What stands between client and server, for one request: it may let the request through, or lose what comes back. */
export type Between = (carryOut: () => Response, signal: AbortSignal | undefined) => Promise<Response>;

export interface Served {
  readonly method: string;
  readonly path: string;
  readonly headers: Headers;
  readonly body: string;
  readonly redirect: RequestInit['redirect'];
}

const random = () => randomBytes(16).toString('base64url');
const problem = (code: string, status: number, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify({ code }), {
    status,
    headers: { 'content-type': 'application/problem+json', ...headers },
  });

/** Sessions with tokens, as the server keeps them: one successor to each refresh token, reuse ends the session. */
export class FakeServer {
  readonly served: Served[] = [];
  readonly families: Family[] = [];
  /** For the next requests to the token endpoint, one each. */
  readonly between: Between[] = [];
  /** How long a refresh takes. */
  latencyMs = 20;
  rotates = true;
  reuses = 0;
  /** What the answer to the next call waits for. */
  held: Promise<void> | undefined;
  refusesAll = false;
  lifeSeconds = ACCESS_LIFE_SECONDS;
  private readonly accessTokens = new Map<string, { family: Family; endsAtMs: number }>();

  readonly fetch = (async (url: string, init: RequestInit) => {
    const body =
      init.body instanceof Uint8Array ? Buffer.from(init.body).toString() : ((init.body as string) ?? '');
    const path = new URL(url).pathname;
    const { method = 'GET', redirect } = init;
    const served = { method, path, headers: new Headers(init.headers), body, redirect };
    if (init.signal?.aborted) throw init.signal.reason;
    this.served.push(served);
    if (path !== '/oauth/token') return this.late(this.answer(served));
    const between = this.between.shift();
    if (between) return between(() => this.refresh(body), init.signal ?? undefined);
    await new Promise((resolve) => setTimeout(resolve, this.latencyMs / 2));
    const answer = this.refresh(body);
    await new Promise((resolve) => setTimeout(resolve, this.latencyMs / 2));
    return answer;
  }) as typeof globalThis.fetch;

  /** Requests to a path. */
  to(path: string): Served[] {
    return this.served.filter((one) => one.path === path);
  }

  refreshes(): number {
    return this.to('/oauth/token').length;
  }

  /** As an administrator would, on every server. */
  revokeAccessTokens(): void {
    this.accessTokens.clear();
  }

  isLive(): boolean[] {
    return this.families.map(({ isOver }) => !isOver);
  }

  private async late(answer: Response): Promise<Response> {
    const { held } = this;
    this.held = undefined;
    await held;
    return answer;
  }

  private answer({ method, path, headers }: Served): Response {
    if (path === '/sessions' && method === 'POST') return this.signIn(headers);
    const bearer = headers.get('authorization')?.replace('Bearer ', '');
    if (path === '/forbidden') return problem('insufficient_scope', 403);
    if (path === '/open') return Response.json({ bearer: bearer !== undefined });
    if (bearer === undefined) return problem('user_token_missing', 401);
    const access = this.accessTokens.get(bearer);
    if (this.refusesAll || !access || access.family.isOver || access.endsAtMs <= Date.now())
      return problem('user_token_invalid', 401);
    if (path === '/sessions/current') access.family.isOver = true;
    if (path === '/sessions') for (const family of this.families) family.isOver = true;
    if (method === 'DELETE') return new Response(null, { status: 204 });
    return Response.json({ user: access.family.username });
  }

  private signIn(headers: Headers): Response {
    const basic = headers.get('x-user-authorization')?.replace('Basic ', '') ?? '';
    const [username = ''] = Buffer.from(basic, 'base64').toString().split(':');
    const family = {
      username,
      refreshToken: random(),
      predecessor: undefined,
      rotatedAtMs: 0,
      isOver: false,
    };
    this.families.push(family);
    const answer = { ...this.issue(family), refresh_expires_in: 2_592_000 };
    return Response.json(answer, { status: 201 });
  }

  private refresh(body: string): Response {
    const presented = new URLSearchParams(body).get('refresh_token') ?? '';
    const family = this.families.find(
      ({ refreshToken, predecessor }) => presented === refreshToken || presented === predecessor,
    );
    if (!family || family.isOver) return Response.json({ error: 'invalid_grant' }, { status: 400 });
    if (!this.rotates) return Response.json({ ...this.issue(family), refresh_token: undefined });
    if (presented === family.refreshToken) {
      Object.assign(family, { predecessor: presented, refreshToken: random(), rotatedAtMs: Date.now() });
    } else if (Date.now() - family.rotatedAtMs > GRACE_MS) {
      this.reuses += 1;
      family.isOver = true;
      return Response.json({ error: 'invalid_grant' }, { status: 400 });
    }
    return Response.json(this.issue(family));
  }

  private issue(family: Family): object {
    const access_token = random();
    this.accessTokens.set(access_token, { family, endsAtMs: Date.now() + this.lifeSeconds * 1000 });
    return {
      access_token,
      token_type: 'Bearer',
      expires_in: this.lifeSeconds,
      refresh_token: family.refreshToken,
      scope: 'accounts:read',
    };
  }
}

/** Ways to lose an answer. The server has done what it was asked for, or has not. */
export const LOST = {
  'the connection is cut after the server has rotated': async (carryOut) => {
    carryOut();
    throw new TypeError('fetch failed');
  },
  'the connection is cut on the way there': async () => {
    throw new TypeError('fetch failed');
  },
  'nobody answers, and the server has rotated': (carryOut) => {
    carryOut();
    return new Promise(() => {});
  },
  'the server has too much to do': async () => problem('rate_limited', 429),
  'the server is not there': async () => problem('temporarily_unavailable', 503),
  'a proxy fails after the server has rotated': async (carryOut) => {
    carryOut();
    return new Response('<h1>Bad gateway</h1>', { status: 502 });
  },
  'a portal of the network answers with its page': async () => new Response('<h1>Welcome</h1>'),
  'the answer is cut short': async (carryOut) => {
    const text = await carryOut().text();
    return new Response(text.slice(0, -20));
  },
} satisfies Record<string, Between>;

export const waits =
  (seconds: string): Between =>
  async () =>
    problem('temporarily_unavailable', 503, { 'retry-after': seconds });
