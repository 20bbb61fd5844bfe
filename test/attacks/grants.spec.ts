import { Apps, Users } from '@portcullis/nest';
import { ResourceServers } from '../../libs/nest/src/authorities/resources/index.js';
import { describeOnOneDatabase } from '../support/databases.js';
import { aDevice, aProof, type Device } from '../support/dpop-proofs.js';
import { issueCode, REDIRECT_URI, type Form } from '../support/issued-codes.js';
import { noteSecret } from '../support/log-book.js';
import {
  basic,
  expectOAuthError,
  FORM,
  SCOPES,
  startOAuthHost,
  type OAuthHost,
  type TokenAnswered,
} from '../support/oauth-host.js';

const SHOP = 'https://shop.example/api';
const ELSEWHERE = 'https://elsewhere.example';
const ALL_GRANTS = ['authorization_code', 'refresh_token', 'client_credentials', 'password'];

describeOnOneDatabase('the grants of the token endpoint', (open) => {
  let host: OAuthHost;
  /** May use every grant, as far as a public app may. */
  let mobileId: string;
  /** May use every grant. */
  let web: { readonly id: string; readonly headers: Record<string, string> };
  let device: Device;

  beforeAll(async () => {
    host = await startOAuthHost('express', open);
    device = aDevice();
    const resources = host.get(ResourceServers);
    const scopes = ['accounts:read', 'orders:read'];
    await resources.register({ identifier: SHOP, name: 'Shop', scopes, appId: null });
    await resources.register({ identifier: ELSEWHERE, name: 'Elsewhere', scopes, appId: null });
    const apps = host.get(Apps);
    const given = { scopes: SCOPES, redirectUris: [REDIRECT_URI], resources: [SHOP] };
    const mobile = { name: 'Mobile', clientType: 'public', ...given } as const;
    mobileId = (await apps.register({ ...mobile, grantTypes: ['authorization_code', 'password'] })).app.id;
    await apps.change(mobileId, { sessionKind: 'tokens' });
    const registered = await apps.register({
      name: 'Web',
      clientType: 'confidential',
      ...given,
      grantTypes: ALL_GRANTS,
    });
    const { id } = registered.app;
    web = { id, headers: basic(id, noteSecret(registered.clientSecret as string)) };
  });
  afterAll(() => host.stop());

  const post = (form: Form, headers = web.headers) => host.post(form, headers);
  const claimsOf = ({ body }: TokenAnswered) =>
    JSON.parse(
      Buffer.from(String(body['access_token']).split('.')[1] ?? '', 'base64url').toString(),
    ) as Record<string, unknown>;
  const refuse = (form: Form, error: string, headers = web.headers) =>
    expectOAuthError(post(form, headers), 400, error);
  const withProof = async (headers: Record<string, string>, by = device) => {
    const parts = { device: by, method: 'POST', url: `${host.url}/oauth/token`, nowMs: host.clock.now() };
    return { ...headers, DPoP: await aProof(parts) };
  };
  const refreshOf = ({ body }: TokenAnswered, more: Form = {}) => ({
    grant_type: 'refresh_token',
    refresh_token: String(body['refresh_token']),
    ...more,
  });

  describe('client_credentials', () => {
    const ask = (more: Form = {}) => ({ grant_type: 'client_credentials', ...more });

    it('[G15] ends tokens that were asked for together at different times', async () => {
      const answers = await Promise.all(Array.from({ length: 20 }, () => post(ask())));
      const lives = answers.map(claimsOf).map(({ iat, exp }) => Number(exp) - Number(iat));
      // By chance all the same: once in more than 10^20 times.
      expect(new Set(lives).size).toBeGreaterThan(1);
      expect(Math.min(...lives)).toBeGreaterThanOrEqual(285);
      expect(Math.max(...lives)).toBeLessThanOrEqual(300);
    });

    it('[RFC 6749 §4.4] [RFC 9068 §2.2] gives an app a token of its own, which no user is behind', async () => {
      const answer = await post(ask());
      const { access_token: token, ...body } = answer.body;
      expect(body).toEqual({ token_type: 'Bearer', expires_in: expect.any(Number), scope: SCOPES.join(' ') });
      expect(claimsOf(answer)).toEqual({
        iss: 'https://bank.example',
        sub: web.id,
        aud: 'https://bank.example',
        client_id: web.id,
        scope: SCOPES.join(' '),
        iat: expect.any(Number),
        exp: expect.any(Number),
        jti: expect.any(String),
      });
      expect(await host.use(token, web.id)).toBe(401);
    });

    it('[H04] gives a public app nothing, and nobody a refresh token', async () => {
      const client_id = mobileId;
      await refuse(ask({ client_id }), 'unauthorized_client', FORM);
      expect((await post(ask())).body).not.toHaveProperty('refresh_token');
    });

    it('[F22] narrows to what is asked for, and refuses what the app does not have', async () => {
      expect((await post(ask({ scope: 'accounts:read accounts:read' }))).body['scope']).toBe('accounts:read');
      for (const scope of ['branches:read', 'accounts:read offline_access', 'a  b', '"'])
        await refuse(ask({ scope }), 'invalid_scope');
    });

    it('[RFC 8707] is for one resource that the app may ask for, and for scopes that mean something there', async () => {
      const answer = await post(ask({ resource: SHOP }));
      expect(claimsOf(answer)).toMatchObject({ aud: SHOP, scope: 'accounts:read' });
      expect(answer.body['scope']).toBe('accounts:read');
      await refuse(ask({ resource: SHOP, scope: 'transfers:write' }), 'invalid_scope');
      for (const resource of [ELSEWHERE, `${SHOP}/`, 'https://nowhere.example', 'x', '__proto__'])
        await refuse(ask({ resource }), 'invalid_target');
      expect(claimsOf(await post(ask({ resource: 'https://bank.example' })))).toMatchObject({
        aud: 'https://bank.example',
      });
    });

    it('[RFC 9449 §5] binds the token to the key that is proven', async () => {
      const answer = await post(ask(), await withProof(web.headers));
      expect(answer.body['token_type']).toBe('DPoP');
      expect(claimsOf(answer)).toMatchObject({ cnf: { jkt: device.thumbprint } });
    });

    it('signs each of many that are asked for together', async () => {
      const answers = await Promise.all(Array.from({ length: 30 }, () => post(ask())));
      expect(new Set(answers.map((answer) => claimsOf(answer)['jti'])).size).toBe(30);
    });
  });

  describe('password', () => {
    const ask = (more: Form = {}): Form => ({ grant_type: 'password', ...host.login, ...more });

    it('[H05] is off unless an app is allowed it', async () => {
      const client_id = host.publicId;
      await refuse(ask({ client_id }), 'unauthorized_client', FORM);
      await refuse(ask(), 'unauthorized_client', basic(host.confidential.id, host.confidential.secret));
    });

    it('[RFC 6749 §4.3] begins a session', async () => {
      const answer = await post(ask({ scope: 'accounts:read' }));
      expect(answer.body).toEqual({
        access_token: expect.any(String),
        token_type: 'Bearer',
        expires_in: expect.any(Number),
        refresh_token: expect.any(String),
        scope: 'accounts:read',
      });
      expect(await host.use(answer.body['access_token'], web.id)).toBe(200);
      expect((await post(refreshOf(answer))).body['scope']).toBe('accounts:read');
      await refuse(ask({ scope: 'branches:read' }), 'invalid_scope');
      for (const name of ['username', 'password']) await refuse(ask({ [name]: '' }), 'invalid_request');
    });

    it('[H06] answers every failure alike, and slows down whoever guesses', async () => {
      const users = host.get(Users);
      const login = { username: 'grace', password: noteSecret('correct horse battery staple') };
      const { id } = await users.register({ ...login, scopes: SCOPES });
      await users.change(id, { suspended: true });
      const bodies = new Set<string>();
      for (const wrong of [
        { username: 'nobody', password: 'x' },
        { ...host.login, password: 'wrong' },
        { ...host.login, password: 'x'.repeat(5000) },
        login,
      ]) {
        const { status, body } = await post({ grant_type: 'password', ...wrong });
        bodies.add(JSON.stringify([status, body]));
      }
      expect([...bodies]).toEqual([expect.stringMatching(/^\[400,\{"error":"invalid_grant"/)]);
      await users.change(id, { suspended: false });
      // Whoever guesses waits for a second, and this machine may be busy for longer.
      const time = jest.spyOn(host.clock, 'now').mockReturnValue(host.clock.now());
      let answer: TokenAnswered;
      let guesses = 0;
      do answer = await post({ grant_type: 'password', username: 'grace', password: `guess-${guesses++}` });
      while (answer.status === 400 && guesses < 100);
      expect([answer.status, answer.body['error']]).toEqual([429, 'rate_limited']);
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
      // Even for who knows it by then.
      expect((await post({ grant_type: 'password', ...login })).status).toBe(429);
      time.mockRestore();
    });
  });

  describe('refresh_token', () => {
    it('[RFC 8707 §2.2] stays with the resource that was granted', async () => {
      const { form } = await issueCode(host, { appId: web.id, resource: SHOP, scopes: ['accounts:read'] });
      await refuse({ ...form, resource: 'https://bank.example' }, 'invalid_target');
      let answer = await post({ ...form, resource: SHOP });
      expect(claimsOf(answer)).toMatchObject({ aud: SHOP });
      expect(await host.use(answer.body['access_token'], web.id)).toBe(401);
      for (const resource of ['https://bank.example', ELSEWHERE])
        await refuse(refreshOf(answer, { resource }), 'invalid_target');
      answer = await post(refreshOf(answer, { resource: SHOP }));
      expect(claimsOf(answer)).toMatchObject({ aud: SHOP });
      answer = await post(refreshOf(answer));
      expect(claimsOf(answer)).toMatchObject({ aud: SHOP, scope: 'accounts:read' });
      const { resources } = await host.get(Apps).change(web.id, { resources: [] });
      expect(resources).toEqual([]);
      // In words after which nobody comes again with the same token, and is taken for a thief.
      await refuse(refreshOf(answer), 'invalid_grant');
      expect(host.log.at(-1)).toContain('resource_taken_away');
      await host.get(Apps).change(web.id, { resources: [SHOP] });
    });

    it('[RFC 9449 §5] is bound to the key of a public app', async () => {
      const client_id = mobileId;
      const { form } = await issueCode(host, { appId: mobileId });
      const first = await post({ ...form, client_id }, await withProof(FORM));
      expect(first.body['token_type']).toBe('DPoP');
      const second = await post(refreshOf(first, { client_id }), await withProof(FORM));
      expect(claimsOf(second)).toMatchObject({ cnf: { jkt: device.thumbprint } });
      const stolen = post(refreshOf(second, { client_id }), await withProof(FORM, aDevice()));
      await expectOAuthError(stolen, 400, 'invalid_grant');
    });

    it('[RFC 9449 §5] stays the same where it is bound to a key and the app is so minded', async () => {
      const client_id = mobileId;
      await host.get(Apps).change(mobileId, { refreshRotation: false });
      const begin = async (headers: Record<string, string>) =>
        post({ ...(await issueCode(host, { appId: mobileId })).form, client_id }, headers);
      const bound = await begin(await withProof(FORM));
      for (let times = 0; times < 3; times++) {
        const { status, body } = await post(refreshOf(bound, { client_id }), await withProof(FORM));
        expect([status, body['refresh_token']]).toEqual([200, bound.body['refresh_token']]);
      }
      // Whoever copied a bearer token could use it for ever.
      const bearer = await begin(FORM);
      const { body } = await post(refreshOf(bearer, { client_id }), FORM);
      expect(body['refresh_token']).not.toBe(bearer.body['refresh_token']);
      await host.get(Apps).change(mobileId, { refreshRotation: true });
    });

    it('[RFC 9449 §5] lets a public app begin to prove a key', async () => {
      const client_id = mobileId;
      const { form } = await issueCode(host, { appId: mobileId });
      const first = await post({ ...form, client_id }, FORM);
      const second = await post(refreshOf(first, { client_id }), await withProof(FORM));
      expect([second.status, second.body['token_type']]).toEqual([200, 'DPoP']);
      expect((await post(refreshOf(second, { client_id }), FORM)).body['token_type']).toBe('Bearer');
    });

    it('[RFC 9449 §5] of an app that authenticates may go with another key each time', async () => {
      const { form } = await issueCode(host, { appId: web.id });
      const first = await post(form, await withProof(web.headers));
      const another = aDevice();
      const second = await post(refreshOf(first), await withProof(web.headers, another));
      expect(claimsOf(second)).toMatchObject({ cnf: { jkt: another.thumbprint } });
    });
  });

  it('[H14] refuses two grants at once, and grants that there are not', async () => {
    const { form } = await issueCode(host, { appId: web.id });
    const { refreshToken: refresh_token } = await host.startSession(web.id);
    for (const mixed of [
      { ...form, refresh_token },
      { ...form, ...host.login },
      { ...form, grant_type: 'refresh_token', refresh_token },
      { ...host.login, grant_type: 'password', refresh_token },
      { ...form, grant_type: 'client_credentials' },
      { grant_type: 'client_credentials', refresh_token },
    ])
      await refuse(mixed, 'invalid_request');
    const text = new URLSearchParams(form).toString();
    for (const more of [
      'grant_type=password',
      'grant_type[]=password',
      'code=x',
      'code[]=x',
      'redirect_uri=x',
    ]) {
      const answer = await host.post(`${text}&${more}`, web.headers);
      if (!more.includes('['))
        expect([answer.status, answer.body['error']]).toEqual([400, 'invalid_request']);
      else expect(answer.body['error'] ?? 'none').toMatch(/^none$|^invalid_/);
    }
    for (const grant_type of [
      'implicit',
      'Password',
      'urn:ietf:params:oauth:grant-type:jwt-bearer',
      'toString',
    ])
      await refuse({ ...form, grant_type }, 'unsupported_grant_type');
    expect((await post(refreshOf({ body: { refresh_token } } as unknown as TokenAnswered))).status).toBe(200);
  });
});
