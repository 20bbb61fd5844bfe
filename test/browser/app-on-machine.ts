import { randomBytes } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { codeRequest, pkcePair } from '../support/authorization-flow.js';
import { BankClient, type BankAnswer } from '../support/bank-client.js';
import type { RunningBank } from '../support/bank.js';
import { noteSecret } from '../support/log-book.js';

export const CUSTOM_SCHEME = 'com.example.bank:/callback';
/** Nobody is there. */
export const CLAIMED_LINK = 'https://127.0.0.1:9/callback';
export const SCOPES = ['accounts:read', 'transfers:write'];

/** What the browser came back with. */
export interface Callback {
  readonly told: Readonly<Record<string, string>>;
  readonly headers: IncomingHttpHeaders;
}

/** A login that was begun. */
export interface Login {
  /** Where the browser is sent. */
  readonly url: string;
  readonly state: string;
  readonly verifier: string;
  readonly redirectUri: string;
}

export interface Asked {
  readonly redirectUri?: string;
  readonly scope?: string;
}

/** A public app on the browser's machine, which listens on loopback for what the browser comes back with. */
export class AppOnMachine {
  readonly callbacks: Callback[] = [];

  private constructor(
    private readonly bank: RunningBank,
    private readonly client: BankClient,
    private readonly server: Server,
  ) {}

  static async start(bank: RunningBank): Promise<AppOnMachine> {
    const server = createServer();
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const app = new AppOnMachine(bank, await registerApp(bank), server);
    server.on('request', ({ url = '', headers }, answer) => {
      const { pathname, searchParams } = new URL(url, app.origin);
      if (pathname === '/callback') app.callbacks.push({ told: Object.fromEntries(searchParams), headers });
      const framed = searchParams.get('frames')?.replaceAll('&', '&amp;');
      const content = framed === undefined ? 'You can close this page.' : `<iframe src="${framed}"></iframe>`;
      answer.setHeader('content-type', 'text/html');
      answer.end(`<!doctype html><html lang="en"><title>app</title>${content}`);
    });
    return app;
  }

  get id(): string {
    return this.client.parts.appId;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  begin({ redirectUri = `${this.origin}/callback`, scope = SCOPES.join(' ') }: Asked = {}): Login {
    const { verifier, challenge } = pkcePair();
    const state = randomBytes(8).toString('hex');
    const request = codeRequest(this.id, redirectUri, { code_challenge: challenge, state, scope });
    return { url: this.at(request), state, verifier, redirectUri };
  }

  /** Where a browser is sent with these parameters. */
  at(request: Readonly<Record<string, string>>): string {
    return `${this.bank.url}/oauth/authorize?${new URLSearchParams(request)}`;
  }

  /** Redeems a code: a client of the bank with the user's session, or the error's code. */
  async redeem({ verifier, redirectUri }: Login, code = ''): Promise<BankClient | string> {
    const form = {
      grant_type: 'authorization_code',
      client_id: this.id,
      code,
      redirect_uri: redirectUri,
      code_verifier: verifier,
    };
    const answer = await fetch(`${this.bank.url}/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams(form),
    });
    const body = (await answer.json()) as { access_token?: string; error?: string };
    if (body.access_token === undefined) return body.error ?? String(answer.status);
    const client = new BankClient(this.client.parts);
    client.session = noteSecret(body.access_token);
    return client;
  }

  /** Reads the accounts of whoever has given the code. */
  async accounts(login: Login, code: string | undefined): Promise<BankAnswer | string> {
    const client = await this.redeem(login, code);
    return typeof client === 'string' ? client : client.call('GET', '/accounts', { signature: 'none' });
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

async function registerApp({ admin, url }: RunningBank): Promise<BankClient> {
  const { status, body } = await admin.call('POST', '/apps', {
    name: 'Bank for phones',
    clientType: 'public',
    signing: true,
    sessionKind: 'tokens',
    scopes: [...SCOPES, 'branches:read'],
    grantTypes: ['authorization_code', 'refresh_token'],
    redirectUris: [CUSTOM_SCHEME, 'http://127.0.0.1/callback', CLAIMED_LINK],
  });
  if (status !== 201) throw new Error(`app: ${status}`);
  const { id: appId, signingSecret } = body as unknown as { id: string; signingSecret: string };
  const { body: integrity } = await admin.call('POST', `/apps/${appId}/integrity-secrets`, {});
  return new BankClient({ url, appId, signingSecret, integritySecret: integrity.secret });
}
