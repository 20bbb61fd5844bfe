import { randomBytes } from 'node:crypto';
import { createDatabase, type OwnDatabase } from '../databases.js';
import type { TokenHostOptions } from '../stacks/token-host.js';
import type { MemoryUsed } from '../stacks/use.js';
import { Child, SERVER_CORE } from './child.js';
import { freePort } from './server-process.js';

const APP_ID = 'bench-app';
const SCOPES = ['accounts:read'];
const newKey = () => randomBytes(32).toString('base64url');

/** One user's tokens, and the answer that they get. */
export interface Issued {
  readonly appId: string;
  readonly userId: string;
  readonly tokens: readonly string[];
}

/** A host that issues tokens and is asked with them, pinned and measured, on a database of its own. */
export class TokenHost {
  private constructor(
    private readonly child: Child,
    private readonly options: TokenHostOptions,
    readonly database: OwnDatabase,
  ) {}

  static async start(): Promise<TokenHost> {
    const database = await createDatabase();
    const port = await freePort();
    const options = {
      port,
      origin: `http://127.0.0.1:${port}`,
      databaseUrl: database.url,
      adminKey: newKey(),
      keyRing: newKey(),
      // A run takes longer than the default.
      options: { tokens: { accessTokenTtlSeconds: 3600 } },
    };
    const child = Child.start({
      module: '../stacks/token-host.js',
      nodeOptions: ['--expose-gc'],
      core: SERVER_CORE,
      variables: { TOKEN_HOST: JSON.stringify(options) },
    });
    await child.next<number>();
    return new TokenHost(child, options, database);
  }

  get port(): number {
    return this.options.port;
  }

  /** CPU that the process has used, all its threads together. */
  cpuMicroseconds(): Promise<number> {
    return this.child.ask('cpu');
  }

  memory(): Promise<MemoryUsed> {
    return this.child.ask('memory');
  }

  /** Of a new app and a new user, a session for each. */
  async issue(count: number): Promise<Issued> {
    const user = { username: 'user-1', password: newKey(), scopes: SCOPES };
    await this.administer('/apps', {
      id: APP_ID,
      name: 'App',
      clientType: 'public',
      scopes: SCOPES,
      sessionKind: 'tokens',
    });
    const { id: userId } = await this.administer('/users', user);
    const basic = Buffer.from(`${user.username}:${user.password}`).toString('base64');
    const tokens: string[] = [];
    while (tokens.length < count) {
      const headers = { 'x-api-key': APP_ID, authorization: `Basic ${basic}` };
      // oxlint-disable-next-line no-await-in-loop -- before anything is measured
      const { access_token: token } = await this.post('/sessions', headers, {});
      tokens.push(token as string);
    }
    return { appId: APP_ID, userId: userId as string, tokens };
  }

  /** The status of a request. */
  async statusOf(appId: string, token: string): Promise<number> {
    const headers = { 'x-api-key': appId, authorization: `Bearer ${token}` };
    const answer = await fetch(`${this.options.origin}/mine`, { headers });
    await answer.text();
    return answer.status;
  }

  async stop(): Promise<void> {
    await this.child.stop();
    await this.database.drop();
  }

  private administer(path: string, body: object): Promise<Record<string, unknown>> {
    return this.post(`/admin${path}`, { authorization: `Bearer ${this.options.adminKey}` }, body);
  }

  private async post(
    path: string,
    headers: Readonly<Record<string, string>>,
    body: object,
  ): Promise<Record<string, unknown>> {
    const answer = await fetch(`${this.options.origin}${path}`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const told = (await answer.json()) as Record<string, unknown>;
    if (answer.status !== 201) throw new Error(`POST ${path} is answered ${answer.status}`);
    return told;
  }
}
