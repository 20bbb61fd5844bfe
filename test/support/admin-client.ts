import { randomBytes } from 'node:crypto';
import { BankClient } from './bank-client.js';
import { noteSecret } from './log-book.js';

export interface AdminAnswer {
  readonly status: number;
  readonly body: Record<string, unknown> & { id: string; secret: string; secretId: string };
}

export const ALL_SCOPES = ['branches:read', 'accounts:read', 'transfers:write', 'bank:admin'];

export interface Customer {
  readonly client: BankClient;
  readonly userId: string;
  readonly account: string;
}

/** What an app is registered with unless it is to be a confidential one that signs. */
export interface NewTestApp {
  readonly scopes?: string[];
  readonly id?: string;
  readonly sessionKind?: 'opaque' | 'tokens';
  readonly clientType?: 'public' | 'confidential';
  readonly signing?: boolean;
  readonly dpopBoundAccessTokens?: boolean;
}

/** The administration interface, over HTTP. */
export class AdminClient {
  constructor(
    readonly url: string,
    readonly key: string,
  ) {}

  async call(method: string, path: string, body?: unknown): Promise<AdminAnswer> {
    const response = await fetch(`${this.url}/admin${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.key}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const answer = (text === '' ? {} : JSON.parse(text)) as AdminAnswer['body'];
    for (const name of ['secret', 'signingSecret', 'clientSecret'])
      if (typeof answer[name] === 'string') noteSecret(answer[name]);
    return { status: response.status, body: answer };
  }

  /** A registered app with an integrity secret, as a client that signs. */
  async newApp({ scopes = ALL_SCOPES, ...rest }: NewTestApp = {}): Promise<BankClient> {
    const app = await this.call('POST', '/apps', {
      name: 'App',
      clientType: 'confidential',
      scopes,
      ...rest,
    });
    if (app.status !== 201) throw new Error(`app: ${app.status}`);
    const { id, signingSecret } = app.body as unknown as { id: string; signingSecret: string };
    const { body } = await this.call('POST', `/apps/${id}/integrity-secrets`, {});
    return new BankClient({ url: this.url, appId: id, signingSecret, integritySecret: body.secret });
  }

  async newUser({ scopes = ALL_SCOPES, username = `user-${randomBytes(6).toString('hex')}` } = {}): Promise<{
    id: string;
    username: string;
    password: string;
    account: string;
  }> {
    const password = noteSecret(randomBytes(12).toString('base64url'));
    const { status, body } = await this.call('POST', '/users', { username, password, scopes });
    if (status !== 201) throw new Error(`user: ${status}`);
    const [account] = body['accounts'] as { id: string }[];
    return { id: body.id, username, password, account: account?.id as string };
  }
  /** A new user with a funded account, signed in through a new app, or through the one that is given. */
  async newCustomer(through?: BankClient): Promise<Customer> {
    const client = through ? new BankClient(through.parts) : await this.newApp();
    const { id, username, password, account } = await this.newUser();
    const { status } = await client.signIn(username, password);
    if (status !== 201) throw new Error(`session: ${status}`);
    return { client, userId: id, account };
  }
}
