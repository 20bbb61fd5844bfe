import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import type { AdminClient } from './admin-client.js';
import { authorize, codeRequest, pkcePair, TestBrowser, toldToApp } from './authorization-flow.js';
import type { Prepared } from './bank-client.js';
import { REDIRECT_URI } from './issued-codes.js';
import { noteSecret } from './log-book.js';
import { OwnPostgresServer } from './own-postgres-server.js';
import { OwnRedisServer } from './own-redis-server.js';
import type { PortAnswer } from './send-to-port.js';
import { claimsOf, type TokenClient } from './token-client.js';
import { TokenCluster } from './token-cluster.js';
import { buildTokenHost, type TokenHostProcess } from './token-host-process.js';

const ANYWHERE = 'http://127.0.0.1';
const SCOPES = ['accounts:read'];
/** Before much of what was asked is committed. */
const LATEST_KILL_MS = 15;
/** By when nodes have heard what another committed that died before it could tell them: they read once a second. */
const PATIENCE_MS = 3_000;
const LOOK_AGAIN_MS = 20;
const MOST_EVENTS = 500;

/** An answer in words. */
export function told({ status, code, body }: PortAnswer): string {
  return `${status} ${code ?? String(body['error'] ?? 'fine')}`;
}

export const FINE = '200 fine';
export const CREATED = '201 fine';
export const REFUSED = '401 user_token_invalid';
export const INVALID_GRANT = '400 invalid_grant';

export interface RecordedEvent {
  readonly action: string;
  readonly subject: { readonly kind: string; readonly id: string };
  readonly details: { readonly signsFrom?: string };
}

/** Nothing ends by itself meanwhile, and no refresh token that is presented again passes for a stolen one. */
const TOKENS = { accessTokenTtlSeconds: 3_600, refreshGraceSeconds: 300, refreshGraceReplays: 1_000 };

/** Three processes on servers of their own: one after the other is killed while it answers, and started again. */
export class KilledProcesses {
  kills = 0;

  private constructor(
    readonly cluster: TokenCluster,
    private readonly servers: readonly [OwnPostgresServer, OwnRedisServer],
    /** Sees a commit before whoever asked for it is told. */
    private readonly watcher: Client,
  ) {}

  static async start(codes: 'stored' | 'stateless' = 'stored'): Promise<KilledProcesses> {
    buildTokenHost();
    const [postgres, redis] = [await OwnPostgresServer.start(), await OwnRedisServer.start()];
    const urls = { databaseUrl: postgres.url, redisUrl: redis.url };
    const cluster = await TokenCluster.start({ ...urls, options: { tokens: TOKENS }, oauth: { codes } });
    const watcher = new Client({ connectionString: postgres.url });
    await watcher.connect();
    return new KilledProcesses(cluster, [postgres, redis], watcher);
  }

  /** Resolves with the exit codes of the processes. */
  async stop(): Promise<(number | null)[]> {
    const codes = await this.cluster.stop();
    await this.watcher.end();
    for (const server of this.servers) await server.end();
    return codes;
  }

  /** Whose turn it is to be killed, until it is started again. */
  get victim(): number {
    return this.kills % this.cluster.nodes.length;
  }

  get survivors(): number[] {
    return this.cluster.nodes.filter((node) => node !== this.victim);
  }

  /**
   * Sends all of it at once, and kills the process: at any moment, or right after so much of it is committed as chance wants,
   * which was not answered then. Undefined for what nobody answered.
   */
  async killWhileItAnswers(requests: readonly Prepared[]): Promise<(PortAnswer | undefined)[]> {
    const recorded = await this.countEvents();
    const asked = requests.map((request) => this.cluster.send(this.victim, request).catch(() => undefined));
    if (Math.random() < 0.5) await delay(Math.random() * LATEST_KILL_MS);
    else await this.untilRecorded(recorded + Math.ceil(Math.random() * requests.length), asked);
    await this.host.kill();
    return Promise.all(asked);
  }

  async restart(): Promise<void> {
    await this.host.run();
    this.kills++;
  }

  /** Of each session, what its access token and its refresh token are told. */
  toldAt(node: number, sessions: readonly HeldSession[]): Promise<string[][]> {
    return Promise.all(
      sessions.map(async ({ use, refresh }) => [
        told(await this.cluster.send(node, use)),
        told(await this.cluster.send(node, refresh)),
      ]),
    );
  }

  prepareAdmin(method: string, path: string, body?: unknown): Prepared {
    const headers = { authorization: `Bearer ${this.cluster.admin.key}` };
    const url = `${ANYWHERE}/admin${path}`;
    if (body === undefined) return { url, init: { method, headers } };
    const json = { ...headers, 'content-type': 'application/json' };
    return { url, init: { method, headers: json, body: JSON.stringify(body) } };
  }

  /** Of the audit trail. Throws where there may be more than it is given. */
  async eventsOf(query: Record<string, string>): Promise<readonly RecordedEvent[]> {
    const parameters = new URLSearchParams({ ...query, limit: String(MOST_EVENTS) });
    const { status, body } = await this.cluster.admin.call('GET', `/audit?${parameters}`);
    if (status !== 200 || body['next'] !== null) throw new Error(`audit: ${status}, or too many events`);
    return body['events'] as RecordedEvent[];
  }

  /** Or until nothing more can come. */
  private async untilRecorded(events: number, asked: readonly Promise<unknown>[]): Promise<void> {
    let isOver = false;
    void Promise.all(asked).then(() => (isOver = true));
    while (!isOver && (await this.countEvents()) < events);
  }

  private async countEvents(): Promise<number> {
    const { rows } = await this.watcher.query('SELECT count(*)::int AS events FROM portcullis_audit_events');
    return (rows as { events: number }[])[0]?.events ?? 0;
  }

  private get host(): TokenHostProcess {
    return this.cluster.hosts[this.victim] as TokenHostProcess;
  }
}

/** Looks until it is as expected; of nodes that are told nothing, no longer than they may take to notice. */
export async function eventually<T>(look: () => Promise<T>, expected: T): Promise<void> {
  const giveUpAt = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      expect(await look()).toEqual(expected);
      return;
    } catch (error) {
      if (performance.now() > giveUpAt) throw error;
      await delay(LOOK_AGAIN_MS);
    }
  }
}

/** What a session gave, and how it is used: neither changes while the refresh token is in its grace. */
export interface HeldSession {
  readonly id: string;
  readonly use: Prepared;
  readonly refresh: Prepared;
}

type Holder = Pick<TokenClient, 'appId' | 'accessToken' | 'refreshToken'>;

export function heldBy({ appId, accessToken, refreshToken }: Holder): HeldSession {
  const headers = { 'x-api-key': appId, authorization: `Bearer ${accessToken}` };
  const form = { grant_type: 'refresh_token', client_id: appId };
  return {
    id: claimsOf(accessToken).sid,
    use: { url: `${ANYWHERE}/mine`, init: { method: 'GET', headers } },
    refresh: prepareForm('token', { ...form, refresh_token: refreshToken }),
  };
}

function prepareForm(endpoint: 'token' | 'revoke', form: Readonly<Record<string, string>>): Prepared {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const body = new URLSearchParams(form).toString();
  return { url: `${ANYWHERE}/oauth/${endpoint}`, init: { method: 'POST', headers, body } };
}

/** An app that users sign in to on the pages of the server, and one of them, who allows it everything. */
export class BrowserApp {
  private constructor(
    private readonly appId: string,
    readonly userId: string,
    private readonly login: { readonly username: string; readonly password: string },
  ) {}

  static async register(admin: AdminClient): Promise<BrowserApp> {
    const app = await admin.call('POST', '/apps', {
      name: 'Phone',
      clientType: 'public',
      scopes: SCOPES,
      grantTypes: ['authorization_code', 'refresh_token'],
      redirectUris: [REDIRECT_URI],
    });
    const login = { username: 'ada', password: noteSecret(randomBytes(12).toString('base64url')) };
    const user = await admin.call('POST', '/users', { ...login, scopes: SCOPES });
    return new BrowserApp(app.body.id, user.body.id, login);
  }

  /** Of a new code. */
  async prepareRedemption(url: string): Promise<Prepared> {
    const { verifier, challenge } = pkcePair();
    const request = codeRequest(this.appId, REDIRECT_URI, { code_challenge: challenge });
    const { code } = toldToApp(await authorize(new TestBrowser(url), request, this.login));
    if (code === undefined) throw new Error('no code');
    const form = { grant_type: 'authorization_code', client_id: this.appId, redirect_uri: REDIRECT_URI };
    return prepareForm('token', { ...form, code, code_verifier: verifier });
  }

  held({ body }: PortAnswer): HeldSession {
    const accessToken = noteSecret(body['access_token'] as string);
    const refreshToken = noteSecret(body['refresh_token'] as string);
    return heldBy({ appId: this.appId, accessToken, refreshToken });
  }
}

/** A way to revoke what a phone holds. */
export interface Way {
  readonly ends: 'access token' | 'session' | 'two sessions';
  /** What the audit trail says of it, and about which of the phone's ids. */
  readonly action: string;
  readonly subject: keyof TokenClient['ids'];
  /** What the same request is told where all of it was revoked before. */
  readonly again: string;
  readonly prepare: (phone: TokenClient, processes: KilledProcesses) => Prepared;
}

type Row = readonly [Way['ends'], Way['action'], Way['subject'], Way['again'], Way['prepare']];

const byAdministration =
  (id: Way['subject']): Way['prepare'] =>
  ({ ids }, processes) =>
    processes.prepareAdmin('POST', '/revocations', { [id]: ids[id] });

const byClient =
  (kind: 'accessToken' | 'refreshToken'): Way['prepare'] =>
  ({ appId, [kind]: token }) =>
    prepareForm('revoke', { token, client_id: appId });

const byUser =
  (path: string): Way['prepare'] =>
  (phone) =>
    phone.prepareGet(path, 'DELETE');

const ROWS: readonly Row[] = [
  ['session', 'session.ended', 'familyId', REFUSED, byUser('/sessions/current')],
  ['two sessions', 'sessions.ended-all', 'userId', REFUSED, byUser('/sessions')],
  ['access token', 'token.revoked', 'jti', CREATED, byAdministration('jti')],
  ['session', 'session.revoked', 'familyId', CREATED, byAdministration('familyId')],
  ['two sessions', 'user.revoked', 'userId', CREATED, byAdministration('userId')],
  ['access token', 'token.revoked', 'jti', FINE, byClient('accessToken')],
  ['session', 'session.revoked', 'familyId', FINE, byClient('refreshToken')],
];

export const WAYS: readonly Way[] = ROWS.map(([ends, action, subject, again, prepare]) => {
  return { ends, action, subject, again, prepare };
});
