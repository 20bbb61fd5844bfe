import {
  MemorySessionStore,
  type AuthorizationRequest,
  type AuthorizationServerMetadata,
} from '@portcullis/client';
import { callbackOf, codeApp, ISSUER, METADATA, REDIRECT_URI } from './fake-authorization-server.js';
import { signedInByCode, type Answering } from './fake-authorization-server.js';

const REQUEST = { redirectUri: REDIRECT_URI };
const begun = async (request: Partial<AuthorizationRequest> = {}) => {
  const app = codeApp();
  const url = await app.client.authorization.begin({ ...REQUEST, ...request });
  return { ...app, url, asked: new URL(url).searchParams };
};
const cut: Answering = () => Promise.reject(new TypeError('fetch failed'));

describe('The URL that an app is opened with', () => {
  type Begun = Awaited<ReturnType<typeof begun>>;
  const state = ({ asked }: Begun) => asked.get('state') ?? '';
  type Url = (one: Begun) => string;
  const query = (one: Parameters<Url>[0]) => callbackOf(one.url).slice(REDIRECT_URI.length + 1);

  it.each<[string, Url]>([
    ['has another path', (one) => `com.example.bank:/callback2?${query(one)}`],
    ['has a longer path', (one) => `${REDIRECT_URI}/?${query(one)}`],
    ['has another scheme', (one) => `com.example.bank2:/callback?${query(one)}`],
    ['has a host', (one) => `com.example.bank://callback?${query(one)}`],
    ['is written otherwise', (one) => `COM.example.bank:/callback?${query(one)}`],
    ['says nothing', () => REDIRECT_URI],
    ['has no state', () => `${REDIRECT_URI}?code=c&iss=${ISSUER}`],
    ['has another state', ({ url }) => callbackOf(url, { state: 'x'.repeat(43) })],
    ['has a shorter state', (one) => callbackOf(one.url, { state: state(one).slice(0, -1) })],
    ['has an empty state', ({ url }) => callbackOf(url, { state: '' })],
    ['has two states', ({ url }) => `${callbackOf(url)}&state=x`],
    ['has two codes', ({ url }) => `${callbackOf(url)}&code=x`],
    ['has two issuers', ({ url }) => `${callbackOf(url)}&iss=x`],
    ['is encoded by halves', ({ url }) => `${callbackOf(url)}&x=%E0%A4%A`],
    ['has it all in a fragment', (one) => `${REDIRECT_URI}#${query(one)}`],
  ])('changes nothing when it %s: the sign-in goes on waiting', async (_, urlOf) => {
    const app = await begun();
    const { authorization } = app.client;
    await expect(authorization.complete(urlOf(app))).rejects.toMatchObject({ code: 'callback_foreign' });
    expect([app.server.to('/token'), app.sessions.load()]).toEqual([[], undefined]);
    await authorization.complete(`${callbackOf(app.url)}#_`);
    expect(app.sessions.load()).toEqual(expect.any(String));
  });

  it('may add to a query that is registered', async () => {
    const redirectUri = 'https://app.example/callback?from=login';
    const { client, url, asked } = await begun({ redirectUri });
    const [, answer = ''] = callbackOf(url).split('?');
    expect(asked.get('redirect_uri')).toBe(redirectUri);
    expect((await client.authorization.complete(`${redirectUri}&${answer}`)).kind).toBe('tokens');
  });

  it.each<[string, boolean, Record<string, string>, object]>([
    ['of another server', true, { iss: 'https://evil.example' }, { code: 'issuer_mismatch' }],
    ['of another server, announced or not', false, { iss: `${ISSUER}/` }, { code: 'issuer_mismatch' }],
    ['of nobody', true, { iss: '' }, { code: 'issuer_mismatch' }],
    [
      'of another server, an error too',
      true,
      { iss: 'https://evil.example', error: 'access_denied' },
      {
        code: 'issuer_mismatch',
        oauthError: undefined,
      },
    ],
    [
      'that says no',
      true,
      { error: 'access_denied' },
      {
        code: 'authorization_refused',
        oauthError: 'access_denied',
      },
    ],
    [
      'that says no, in other words',
      true,
      { error: '<b>"no"</b>' },
      {
        code: 'authorization_refused',
        oauthError: undefined,
      },
    ],
    ['with an empty code', true, { code: '' }, { code: 'authorization_refused' }],
  ])(
    'ends the sign-in, and sends no code anywhere, when it has an answer %s',
    async (_, isNamed, more, error) => {
      const { client, server, pending } = codeApp();
      server.metadata = { ...METADATA, authorization_response_iss_parameter_supported: isNamed };
      const url = await client.authorization.begin(REQUEST);
      await expect(client.authorization.complete(callbackOf(url, more))).rejects.toMatchObject(error);
      expect([server.to('/token'), pending.load()]).toEqual([[], undefined]);
    },
  );

  it('has to name its server where that does so (RFC 9207 §2.4), and need not elsewhere', async () => {
    for (const isNamed of [true, false]) {
      const { client, server } = codeApp();
      server.metadata = { ...METADATA, authorization_response_iss_parameter_supported: isNamed };
      const url = (await client.authorization.begin(REQUEST)) ?? '';
      const callback = callbackOf(url).replace(/&iss=[^&]*/, '');
      const ended = client.authorization.complete(callback);
      if (isNamed) await expect(ended).rejects.toMatchObject({ code: 'issuer_mismatch' });
      else expect((await ended).kind).toBe('tokens');
    }
  });

  it('is good once, and the same session for a system that hands it over twice', async () => {
    const { client, server, url } = await begun();
    const callback = callbackOf(url);
    const { authorization } = client;
    const [one, two] = await Promise.all([
      authorization.complete(callback),
      authorization.complete(callback),
    ]);
    expect(one).toBe(two);
    expect(server.to('/token')).toHaveLength(1);
    await expect(authorization.complete(callback)).rejects.toMatchObject({
      code: 'authorization_not_pending',
    });
  });

  it.each<[string, number]>([
    ['begun over an hour ago', 3_700_000],
    ['begun by a clock that was ahead', -3_700_000],
  ])('is not the answer to a sign-in %s', async (_, laterMs) => {
    const { restarted, server, url } = await begun();
    const late = restarted({ clock: { now: () => Date.now() + laterMs } });
    await expect(late.authorization.complete(callbackOf(url))).rejects.toMatchObject({
      code: 'authorization_not_pending',
    });
    expect(server.to('/token')).toEqual([]);
  });

  it('is not the answer to a request that another server was asked, nor to what a store has of others', async () => {
    const { restarted, pending, url } = await begun();
    const other = restarted({ authorization: { issuer: 'https://other.example', pending } });
    const refused = { code: 'authorization_not_pending' };
    await expect(other.authorization.complete(callbackOf(url))).rejects.toMatchObject(refused);
    pending.save('{"state":"x"}');
    await expect(restarted().authorization.complete(callbackOf(url))).rejects.toMatchObject(refused);
  });
});

describe('A code', () => {
  const tokens = { access_token: 'a', refresh_token: 'r', token_type: 'Bearer', expires_in: 300 };
  it.each<[string, object, Answering]>([
    [
      'is refused',
      { code: 'code_refused', oauthError: 'invalid_grant', status: 400 },
      () => Response.json({ error: 'invalid_grant' }, { status: 400 }),
    ],
    [
      'is refused to this app',
      { code: 'code_refused', oauthError: 'invalid_client' },
      () => Response.json({ error: 'invalid_client' }, { status: 401 }),
    ],
    ['is lost on the way', { code: 'server_unanswered' }, cut],
    [
      'is not taken just now',
      { code: 'server_unanswered', status: 503, retryAfterSeconds: 3 },
      () => new Response('', { status: 503, headers: { 'retry-after': '3' } }),
    ],
    [
      'brings bound tokens to an app without a key',
      { code: 'answer_unexpected' },
      () => Response.json({ ...tokens, token_type: 'DPoP' }),
    ],
    [
      'brings no refresh token',
      { code: 'answer_unexpected' },
      () => Response.json({ ...tokens, refresh_token: undefined }),
    ],
  ])('leaves whoever is signed in when it %s, and is not presented again', async (_, error, answering) => {
    const app = codeApp();
    await signedInByCode(app);
    const before = app.sessions.load();
    const url = await app.client.authorization.begin(REQUEST);
    app.server.answers('/token', answering);
    const thrown = await app.client.authorization.complete(callbackOf(url)).catch((one: unknown) => one);
    expect(thrown).toMatchObject(error);
    expect(String(thrown)).not.toMatch(/the-code|[\w-]{43}/);
    expect([app.sessions.load(), app.pending.load()]).toEqual([before, undefined]);
    expect(app.server.to('/token')).toHaveLength(2);
  });

  it('becomes a session that is refreshed, and revoked, where it came from, after a restart of the app too', async () => {
    const { restarted, server, sessions, url } = await begun({
      scopes: ['a:b'],
      resource: 'https://bank.example',
    });
    const client = restarted();
    expect(await client.authorization.complete(callbackOf(url))).toEqual({
      kind: 'tokens',
      expiresInSeconds: undefined,
      absoluteExpiresInSeconds: undefined,
      scopes: ['a:b'],
    });
    const again = restarted();
    expect((await again.fetch('/accounts')).status).toBe(200);
    server.revokeAccessTokens();
    const calls = Array.from({ length: 5 }, () => again.fetch('/accounts'));
    expect((await Promise.all(calls)).map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    const [, refresh, ...more] = server.to('/token');
    expect([refresh?.url, more]).toEqual([METADATA.token_endpoint, []]);
    expect(Object.fromEntries(refresh?.form ?? [])).toMatchObject({
      grant_type: 'refresh_token',
      resource: 'https://bank.example',
    });
    const { refreshToken } = JSON.parse(sessions.load() ?? '') as { refreshToken: string };
    await restarted().signOut();
    const [revoked] = server.to('/revoke');
    expect(Object.fromEntries(revoked?.form ?? [])).toEqual({
      token: refreshToken,
      token_type_hint: 'refresh_token',
      client_id: 'bank-ios',
    });
    expect([sessions.load(), server.to('/sessions/current')]).toEqual([undefined, []]);
  });

  it.each<[string, object, Record<string, unknown>, Answering]>([
    [
      'cannot be told',
      { code: 'answer_unexpected', status: 503 },
      METADATA,
      () => new Response('', { status: 503 }),
    ],
    [
      'takes no revocations',
      { code: 'server_unsuitable', metadataMember: 'revocation_endpoint' },
      {
        ...METADATA,
        revocation_endpoint: undefined,
      },
      cut,
    ],
  ])(
    'is forgotten here, which says so, when the server %s at the end',
    async (_, error, metadata, answering) => {
      const app = codeApp();
      app.server.metadata = metadata;
      await signedInByCode(app);
      app.server.answers('/revoke', answering);
      await expect(app.client.signOut()).rejects.toMatchObject(error);
      expect(app.sessions.load()).toBeUndefined();
    },
  );

  it('is over when the app asks another server from now on, which is told nothing of it', async () => {
    const onSignedOut = jest.fn();
    const app = codeApp({ onSignedOut });
    await signedInByCode(app);
    const sent = app.server.served.length;
    const pending = new MemorySessionStore();
    const metadata: AuthorizationServerMetadata = { ...METADATA, issuer: 'https://other.example' };
    const moved = app.restarted({ authorization: { metadata, pending } });
    const kept = app.sessions.load() ?? '';
    await expect(moved.signOut()).rejects.toMatchObject({ code: 'issuer_mismatch' });
    app.sessions.save(kept);
    await expect(moved.fetch('/accounts')).rejects.toMatchObject({ code: 'session_ended' });
    expect([app.server.served.length, app.sessions.load()]).toEqual([sent, undefined]);
    expect(onSignedOut).toHaveBeenCalledTimes(1);
  });
});
