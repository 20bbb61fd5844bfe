import { PortcullisClient, WebCryptoDpopKey, type ClientOptions } from '@portcullis/client';
import { authorize, TestBrowser } from '../support/authorization-flow.js';
import { startBank, type RunningBank } from '../support/bank.js';
import { ADAPTERS } from '../support/host-app.js';
import { CountingSource } from './client-of.js';
import { claimOf, newTokenApp, NotedTokens } from './token-app.js';

const REDIRECT_URI = 'com.example.bank:/callback';
const SCOPES = ['accounts:read', 'transfers:write'];

describe.each(ADAPTERS)('An app of the bank whose user signs in in the browser, on %s', (adapter) => {
  let bank: RunningBank;
  let app: Awaited<ReturnType<typeof newTokenApp>>;
  let user: Awaited<ReturnType<RunningBank['admin']['newUser']>>;
  let sessions: NotedTokens;
  beforeAll(async () => {
    bank = await startBank(adapter);
    const grantTypes = ['authorization_code', 'refresh_token'];
    app = await newTokenApp(bank, { grantTypes, redirectUris: [REDIRECT_URI] });
    user = await bank.admin.newUser();
  });
  afterAll(() => bank.stop());
  beforeEach(() => {
    sessions = new NotedTokens();
  });

  const clientWith = (options: Partial<ClientOptions> = {}) =>
    new PortcullisClient({
      origin: bank.url,
      app: { id: app.parts.appId },
      sessions,
      integrity: { source: new CountingSource(app) },
      ...options,
    });
  /** What the system opens the app with, once its user has signed in and agreed. */
  const browse = async (url: string) => {
    const { search } = new URL(url);
    const shown = await authorize(
      new TestBrowser(bank.url),
      Object.fromEntries(new URLSearchParams(search)),
      user,
    );
    return shown.location as string;
  };
  const accounts = async (client: PortcullisClient) => {
    const answer = await client.fetch('/accounts', {}, { signature: false });
    return [answer.status, await answer.json()];
  };
  const hasOne = [200, [expect.objectContaining({ id: expect.any(String) })]];

  it.each([
    ['as a bearer', {}],
    ['with a key of its own', { dpop: () => WebCryptoDpopKey.generate() }],
  ])('gets tokens, calls, refreshes and signs out, %s', async (_, options) => {
    const client = clientWith(options);
    for (const pushed of [false, true]) {
      const url = await client.authorization.begin({ redirectUri: REDIRECT_URI, scopes: SCOPES, pushed });
      const started = await client.authorization.complete(await browse(url));
      expect(started).toMatchObject({ kind: 'tokens', scopes: SCOPES });
      expect(await accounts(client)).toEqual(hasOne);
    }
    const before = sessions.tokens;
    const cnf = claimOf(before as never, 'cnf');
    expect(cnf === 'undefined').toBe(!('dpop' in options));
    const jti = claimOf(before as never, 'jti');
    expect((await bank.admin.call('POST', '/revocations', { jti })).status).toBe(201);
    expect(await accounts(client)).toEqual(hasOne);
    expect(sessions.tokens?.refreshToken).not.toBe(before?.refreshToken);
    await client.signOut();
    expect(sessions.tokens).toBeUndefined();
    const { body } = await bank.admin.call('GET', `/sessions?userId=${user.id}`);
    // That of the first round is left: nobody signed out of it.
    expect(body as unknown as object[]).toEqual([expect.objectContaining({ appId: app.parts.appId })]);
    await bank.admin.call('DELETE', `/sessions?userId=${user.id}`);
  });

  it('is told that its user has refused', async () => {
    const client = clientWith();
    const url = await client.authorization.begin({ redirectUri: REDIRECT_URI, scopes: SCOPES });
    const browser = new TestBrowser(bank.url);
    const page = await browser.open(new URL(url).search.slice(1));
    const { location = '' } = await browser.send(page, { decision: 'cancel' });
    await expect(client.authorization.complete(location)).rejects.toMatchObject({
      code: 'authorization_refused',
    });
  });
});
