import { createHash } from 'node:crypto';
import { PortcullisClient, type AuthorizationRequest } from '@portcullis/client';
import { callbackOf, codeApp, ISSUER, METADATA, ORIGIN, REDIRECT_URI } from './fake-authorization-server.js';
import type { Answering, Served } from './fake-authorization-server.js';

const REQUEST = { redirectUri: REDIRECT_URI };
const begun = async (request: Partial<AuthorizationRequest> = {}) => {
  const app = codeApp();
  const url = await app.client.authorization.begin({ ...REQUEST, ...request });
  return { ...app, url, asked: new URL(url).searchParams };
};
const cut: Answering = () => Promise.reject(new TypeError('fetch failed'));

describe('A sign-in that begins', () => {
  it('opens the server’s page with the hash of a verifier that stays here (RFC 7636 §4.3)', async () => {
    const resource = 'https://bank.example/api';
    const { asked, client, server, url } = await begun({ scopes: ['a:b', 'c:d'], resource });
    const { state, code_challenge, ...others } = Object.fromEntries(asked);
    expect(others).toEqual({
      response_type: 'code',
      client_id: 'bank-ios',
      redirect_uri: REDIRECT_URI,
      scope: 'a:b c:d',
      code_challenge_method: 'S256',
      resource,
    });
    await client.authorization.complete(callbackOf(url));
    const [{ form, headers }] = server.to('/token') as [Served];
    const { code_verifier: verifier = '', ...presented } = Object.fromEntries(form);
    expect(presented).toEqual({
      grant_type: 'authorization_code',
      code: 'the-code',
      redirect_uri: REDIRECT_URI,
      client_id: 'bank-ios',
      resource,
    });
    expect(createHash('sha256').update(verifier).digest('base64url')).toBe(code_challenge);
    for (const secret of [state, verifier]) expect(secret).toMatch(/^[\w-]{43}$/);
    expect(verifier).not.toBe(state);
    expect(headers.has('dpop')).toBe(false);
  });

  it('has secrets of its own each time, and further parameters that the app asks for', async () => {
    const [one, two] = [await begun(), await begun({ parameters: { ui_locales: 'de' } })];
    expect(one.asked.get('state')).not.toBe(two.asked.get('state'));
    expect(one.asked.get('code_challenge')).not.toBe(two.asked.get('code_challenge'));
    expect(two.asked.get('ui_locales')).toBe('de');
  });

  it.each<[string, Partial<AuthorizationRequest>]>([
    ['redirectUri', { redirectUri: '/callback' }],
    ['redirectUri', { redirectUri: 'https://app.example/#a' }],
    ['scopes', { scopes: ['a b"'] }],
    ['scopes', { scopes: [] }],
    ['resource', { resource: 'bank' }],
    ['parameters', { parameters: { state: 'chosen' } }],
    ['parameters', { parameters: { request_uri: 'urn:x' } }],
  ])('is refused by name: %s', async (name, request) => {
    await expect(begun(request)).rejects.toThrow(new RegExp(`^${name}: expected `));
  });

  it('goes to the server first where it demands that, and the browser gets a reference (RFC 9126)', async () => {
    const { client, server } = codeApp({ app: { id: 'bank-desk', clientSecret: 's:1' } });
    server.metadata = {
      ...METADATA,
      authorization_endpoint: `${ISSUER}/authorize?tenant=1`,
      require_pushed_authorization_requests: true,
    };
    const url = await client.authorization.begin(REQUEST);
    expect(url).toBe(`${ISSUER}/authorize?tenant=1&client_id=bank-desk&request_uri=urn%3Ax%3A1`);
    const [pushed] = server.to('/par');
    expect(pushed?.form.get('code_challenge_method')).toBe('S256');
    const basic = Buffer.from('bank-desk:s%3A1').toString('base64');
    expect(pushed?.headers.get('authorization')).toBe(`Basic ${basic}`);
  });

  it.each<[string, string, object, Answering]>([
    [
      'is refused',
      'request_refused',
      { oauthError: 'invalid_scope', status: 400 },
      () => Response.json({ error: 'invalid_scope' }, { status: 400 }),
    ],
    ['is not answered', 'server_unanswered', {}, cut],
    ['is answered by a portal', 'server_unanswered', { status: 200 }, () => new Response('<html>')],
    [
      'is not taken just now',
      'server_unanswered',
      { status: 503, retryAfterSeconds: 7 },
      () => new Response('', { status: 503, headers: { 'retry-after': '7' } }),
    ],
  ])('does not begin when its pushed request %s', async (_, code, details, answering) => {
    const { client, server, pending } = codeApp();
    server.answers('/par', answering);
    const begins = client.authorization.begin({ ...REQUEST, pushed: true });
    await expect(begins).rejects.toMatchObject({ name: 'AuthorizationError', code, ...details });
    expect(pending.load()).toBeUndefined();
  });
});

describe('What a server says of itself', () => {
  const { pushed_authorization_request_endpoint: _par, ...withoutPushing } = METADATA;
  it.each<[string, string, string | undefined, object]>([
    ['is another server’s', 'issuer_mismatch', undefined, { ...METADATA, issuer: `${ISSUER}/` }],
    [
      'knows no PKCE',
      'server_unsuitable',
      'code_challenge_methods_supported',
      {
        ...METADATA,
        code_challenge_methods_supported: ['plain'],
      },
    ],
    [
      'has no token endpoint',
      'server_unsuitable',
      'token_endpoint',
      {
        ...METADATA,
        token_endpoint: undefined,
      },
    ],
    [
      'has codes travel in the clear',
      'server_unsuitable',
      'token_endpoint',
      {
        ...METADATA,
        token_endpoint: 'http://login.example.com/token',
      },
    ],
    [
      'takes no pushed requests',
      'server_unsuitable',
      'pushed_authorization_request_endpoint',
      withoutPushing,
    ],
    [
      'is half a yes',
      'server_unsuitable',
      'authorization_response_iss_parameter_supported',
      {
        ...METADATA,
        authorization_response_iss_parameter_supported: 'true',
      },
    ],
  ])('is not used when it %s', async (_, code, metadataMember, metadata) => {
    const { client, server } = codeApp();
    server.metadata = metadata as Record<string, unknown>;
    const begins = client.authorization.begin({ ...REQUEST, pushed: true });
    await expect(begins).rejects.toMatchObject({ code, metadataMember });
    expect(server.served).toHaveLength(1);
  });

  it('is asked for again when there was no answer, and only then', async () => {
    const { client, server } = codeApp();
    const path = '/.well-known/oauth-authorization-server';
    server.answers(path, cut, () => new Response('<html>', { status: 404 }));
    for (let refused = 0; refused < 2; refused += 1)
      await expect(client.authorization.begin(REQUEST)).rejects.toMatchObject({ code: 'server_unanswered' });
    await Promise.all([client.authorization.begin(REQUEST), client.authorization.begin(REQUEST)]);
    expect(server.to(path)).toHaveLength(3);
  });

  it('is looked up between host and path (RFC 8414 §3.1), or told by the app', async () => {
    const issuer = 'https://login.example.com/tenants/1';
    const app = codeApp({ authorization: { issuer } });
    app.server.metadata = { ...METADATA, issuer };
    await app.client.authorization.begin(REQUEST);
    expect(app.server.served.map(({ url }) => url)).toEqual([
      'https://login.example.com/.well-known/oauth-authorization-server/tenants/1',
    ]);
    const told = codeApp({ authorization: { metadata: METADATA } });
    await told.client.authorization.begin(REQUEST);
    expect(told.server.served).toEqual([]);
  });

  it.each<[string, object]>([
    ['authorization.issuer', { issuer: 'login.example.com' }],
    ['authorization.issuer', { issuer: `${ISSUER}?a=b` }],
    ['authorization.metadata.issuer', { issuer: 'https://other.example', metadata: METADATA }],
    ['authorization.metadata.token_endpoint', { metadata: { ...METADATA, token_endpoint: '/token' } }],
  ])('is refused by name when it is set up wrongly: %s', (name, authorization) => {
    const options = { origin: ORIGIN, app: { id: 'bank-ios' }, authorization };
    expect(() => new PortcullisClient(options)).toThrow(new RegExp(`^${name}: expected `));
  });
});
