import { createContext } from 'node:vm';
import * as platformClient from '@portcullis/client';
import type * as Client from '@portcullis/client';
import { enclaveKey, engine, loadClient, OF_THE_PLATFORM } from './bare-platform.js';
import { startDpopResource, type DpopResource } from './dpop-resource.js';
import {
  CLIENT_SECRET,
  CUSTOM_SCHEME,
  LOOPBACK,
  RESOURCE,
  SCOPE,
  startOidcProvider,
  type OidcProvider,
} from './oidc-provider.js';
import { NotedTokens } from './token-app.js';

/** Where the client runs, and what it is given there. */
const PLATFORMS: [string, () => [typeof Client, Partial<Client.ClientOptions>]][] = [
  [
    'where there is WebCrypto',
    () => [platformClient, { dpop: () => platformClient.WebCryptoDpopKey.generate() }],
  ],
  [
    'where there is none, with a key that signs in DER',
    () => {
      const client = loadClient(createContext({ ...OF_THE_PLATFORM }));
      return [client, { crypto: engine, dpop: enclaveKey(client) }];
    },
  ],
];

describe('The client with npm oidc-provider, unmodified', () => {
  let provider: OidcProvider;
  let api: DpopResource;
  beforeAll(async () => {
    // What it says of Node's version, and of options that are left as they are.
    for (const level of ['warn', 'info'] as const) jest.spyOn(console, level).mockImplementation(() => {});
    provider = await startOidcProvider();
    api = await startDpopResource(provider.issuer, provider.signingJwk);
  });
  afterAll(async () => {
    await api.stop();
    await provider.stop();
    jest.restoreAllMocks();
  });
  beforeEach(() => {
    provider.asked.length = 0;
    api.statuses.length = 0;
  });

  const optionsOf = (options: Partial<Client.ClientOptions>): Client.ClientOptions => ({
    origin: api.origin,
    app: { id: 'bank-ios' },
    authorization: { issuer: provider.issuer },
    ...options,
  });
  const paths = () =>
    provider.asked.map(({ pathname }) => pathname).filter((path) => !/^\/(auth|interaction)/.test(path));
  const refreshed = (refresh_token: string, client_id: string) =>
    fetch(`${provider.issuer}/token`, {
      method: 'POST',
      body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token, client_id }),
    });

  it.each(PLATFORMS)(
    'pushes its request, binds its tokens to its key, refreshes and revokes them, %s',
    async (_, platform) => {
      const [{ PortcullisClient }, options] = platform();
      const sessions = new NotedTokens();
      const client = new PortcullisClient(optionsOf({ ...options, sessions }));
      const url = await client.authorization.begin({
        redirectUri: CUSTOM_SCHEME,
        scopes: [SCOPE],
        resource: RESOURCE,
        pushed: true,
      });
      expect([...new URL(url).searchParams.keys()]).toEqual(['client_id', 'request_uri']);
      const started = await client.authorization.complete(await provider.browse(url));
      expect(started).toMatchObject({ kind: 'tokens', scopes: [SCOPE] });
      // Once more for the first nonce; the next one is known by then.
      expect(paths()).toEqual(['/.well-known/oauth-authorization-server', '/request', '/request', '/token']);

      const account = await (await client.fetch('/accounts?of=ada')).json();
      expect(account).toMatchObject({ sub: 'ada', aud: RESOURCE, scope: SCOPE, client_id: 'bank-ios' });
      expect(api.statuses).toEqual([401, 200]);

      const before = sessions.tokens;
      api.revokeSeen();
      const calls = Array.from({ length: 5 }, () => client.fetch('/accounts'));
      expect((await Promise.all(calls)).map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
      expect(paths().filter((path) => path === '/token')).toHaveLength(2);
      expect(sessions.tokens?.refreshToken).not.toBe(before?.refreshToken);

      const { refreshToken = '' } = sessions.tokens ?? {};
      await client.signOut();
      expect([sessions.tokens, paths().at(-1)]).toEqual([undefined, '/token/revocation']);
      expect(await (await refreshed(refreshToken, 'bank-ios')).json()).toMatchObject({
        error: 'invalid_grant',
      });
    },
  );

  it('has its tokens as a confidential app, by a request that the browser carries', async () => {
    const sessions = new NotedTokens();
    const app = { id: 'bank-desk', clientSecret: CLIENT_SECRET };
    const client = new platformClient.PortcullisClient(optionsOf({ app, sessions }));
    const url = await client.authorization.begin({
      redirectUri: 'https://desk.bank.example/callback',
      scopes: [SCOPE],
    });
    expect(new URL(url).searchParams.get('code_challenge_method')).toBe('S256');
    await client.authorization.complete(await provider.browse(url));
    expect(sessions.tokens?.refreshToken).toEqual(expect.any(String));
    // This API takes no bearer tokens, and another one would not change that.
    await expect(client.fetch('/accounts')).rejects.toMatchObject({ code: 'user_token_missing' });
    await client.signOut();
    expect(paths()).toEqual(['/.well-known/oauth-authorization-server', '/token', '/token/revocation']);
  });

  it('is told that the user said no, on a port of its own choice', async () => {
    const client = new platformClient.PortcullisClient(optionsOf({}));
    const redirectUri = LOOPBACK.replace('127.0.0.1', '127.0.0.1:49152');
    const url = await client.authorization.begin({ redirectUri, scopes: [SCOPE] });
    const callback = await provider.browse(url, 'deny');
    await expect(client.authorization.complete(callback)).rejects.toMatchObject({
      code: 'authorization_refused',
      oauthError: 'access_denied',
    });
    expect(paths()).toEqual(['/.well-known/oauth-authorization-server']);
  });
});
