import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { startBank, type RunningBank } from '../support/bank.js';
import { BankClient, type Call } from '../support/bank-client.js';
import { ADAPTERS } from '../support/host-app.js';
import { signedIn, signIn } from '../support/sign-in.js';

const SCOPES = ['branches:read', 'accounts:read'];
const newClientKey = () =>
  generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' });

describe.each(ADAPTERS)('Administration of apps on %s', (adapter) => {
  let bank: RunningBank;
  let app: BankClient;
  let appPath: string;
  beforeAll(async () => {
    bank = await startBank(adapter);
  });
  beforeEach(async () => {
    app = await bank.admin.newApp();
    appPath = `/apps/${app.parts.appId}`;
  });
  afterAll(() => bank.stop());

  const call = (method: string, path: string, body?: unknown) => bank.admin.call(method, path, body);
  const answerTo = async (client: BankClient, path: string, options: Call = {}) => {
    const { status, code } = await client.call('GET', path, { integrity: false, ...options });
    return [status, code];
  };
  const signed = (client: BankClient) => answerTo(client, '/branches/signed');
  const keyed = (client: BankClient) => answerTo(client, '/branches', { signature: 'none' });
  const admitted = [200, undefined];
  const unsigned = [401, 'signature_invalid'];
  const unknown = [401, 'app_key_invalid'];
  const untrusted = [401, 'integrity_token_invalid'];

  describe('registers', () => {
    it.each<[string, object, string[]]>([
      [
        'a confidential app with both secrets',
        { clientType: 'confidential' },
        ['signingSecret', 'clientSecret'],
      ],
      [
        'a confidential app that says it signs',
        { clientType: 'confidential', signing: true },
        ['signingSecret', 'clientSecret'],
      ],
      ['a public app with none', { clientType: 'public' }, []],
      ['a public app that does not sign with none', { clientType: 'public', signing: false }, []],
      ['a public app that signs with one', { clientType: 'public', signing: true }, ['signingSecret']],
    ])('%s, shown this once', async (_, type, secrets) => {
      const { status, body } = await call('POST', '/apps', { name: 'App', scopes: SCOPES, ...type });
      expect(status).toBe(201);
      expect(body).toMatchObject({ name: 'App', scopes: SCOPES, suspended: false, tier: null });
      const shown = Object.entries(body).filter(([name]) => name.endsWith('Secret'));
      expect(shown.map(([name]) => name)).toEqual(secrets);
      for (const [, secret] of shown) expect(secret).toMatch(/^[\w-]{43}$/);
      const found = await call('GET', `/apps/${body.id}`);
      const purposes = (found.body['secrets'] as { purpose: string }[]).map(
        ({ purpose }) => `${purpose}Secret`,
      );
      expect(purposes.toSorted()).toEqual(secrets.toSorted());
      const { body: all } = await call('GET', '/apps');
      for (const [, secret] of shown) expect(JSON.stringify([found.body, all])).not.toContain(secret);
      const client = new BankClient({
        url: bank.url,
        appId: body.id,
        signingSecret: (body['signingSecret'] as string | undefined) ?? randomBytes(32).toString('base64url'),
        integritySecret: randomBytes(32).toString('base64'),
      });
      expect(await keyed(client)).toEqual(admitted);
      expect(await signed(client)).toEqual(secrets.includes('signingSecret') ? admitted : unsigned);
    });

    it('what it is told, and nothing of a client secret signs', async () => {
      const told = {
        id: `App.${randomBytes(6).toString('hex')}~_:@-`,
        name: 'Ünïcode “App” 🏦',
        clientType: 'confidential',
        scopes: ['a', 'b', 'a'],
        tier: 'gold',
        grantTypes: ['authorization_code', 'refresh_token'],
        redirectUris: ['com.example.app:/callback', 'https://app.example/cb?a=b'],
        resources: ['https://api.example'],
        sessionKind: 'tokens',
        refreshRotation: false,
        plainPkce: true,
        dpopBoundAccessTokens: true,
        requirePushedRequests: true,
        corsOrigins: ['https://app.example'],
      };
      const made = await call('POST', '/apps', told);
      const expected = { ...told, scopes: ['a', 'b'] };
      expect(made).toMatchObject({ status: 201, body: expected });
      expect((await call('GET', `/apps/${encodeURIComponent(told.id)}`)).body).toMatchObject(expected);
      expect((await call('GET', '/apps')).body).toContainEqual(expect.objectContaining(expected));
      const signingSecret = made.body['clientSecret'] as string;
      expect(await signed(new BankClient({ ...app.parts, appId: told.id, signingSecret }))).toEqual(unsigned);
    });

    it('an id once, byte by byte, also when asked at once', async () => {
      const id = `Id-${randomBytes(6).toString('hex')}`;
      const post = (spelled: string) =>
        call('POST', '/apps', { id: spelled, name: 'App', clientType: 'public' });
      const answers = await Promise.all([1, 2, 3, 4].map(() => post(id)));
      expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 422, 422, 422]);
      expect(answers.find(({ status }) => status === 422)?.body['errors']).toEqual([
        { path: 'id', message: 'is taken' },
      ]);
      expect((await post(id.toLowerCase())).status).toBe(201);
    });

    it('the public keys of an app that signs its assertions, which then has no client secret', async () => {
      const [first, second] = [newClientKey(), newClientKey()];
      const told = {
        name: 'App',
        clientType: 'confidential',
        clientKeys: [{ ...first, use: 'sig', kid: 'a' }],
      };
      const { status, body } = await call('POST', '/apps', told);
      expect([status, body['clientSecret'], body['clientKeys']]).toEqual([
        201,
        undefined,
        [{ ...first, kid: 'a' }],
      ]);
      expect((await call('POST', `/apps/${body.id}/client-secrets`, {})).status).toBe(422);
      expect((await call('PATCH', `/apps/${body.id}`, { clientKeys: [second] })).body['clientKeys']).toEqual([
        second,
      ]);
      const secrets = (await call('GET', `/apps/${body.id}`)).body['secrets'] as { purpose: string }[];
      expect(secrets.map(({ purpose }) => purpose)).toEqual(['signing']);
    });

    it.each<[string, object, string]>([
      ['a public app with keys', { clientKeys: [newClientKey()] }, 'clientKeys'],
      ['a public app that speaks for itself', { grantTypes: ['client_credentials'] }, 'grantTypes'],
      ['a key that is no point', { clientKeys: [{ ...newClientKey(), x: 'A'.repeat(43) }] }, 'clientKeys.0'],
      ['a redirect to any machine in clear', { redirectUris: ['http://localhost/cb'] }, 'redirectUris.0'],
      ['a page of everybody', { corsOrigins: ['*'] }, 'corsOrigins.0'],
    ])('not %s, now or later', async (_, wrong, path) => {
      const { body } = await call('POST', '/apps', { name: 'App', clientType: 'public' });
      for (const answer of [
        await call('POST', '/apps', { name: 'App', clientType: 'public', ...wrong }),
        await call('PATCH', `/apps/${body.id}`, wrong),
      ])
        expect([answer.status, (answer.body['errors'] as object[])[0]]).toMatchObject([422, { path }]);
    });

    it('an id as long as one may be', async () => {
      const id = 'a'.repeat(100) + randomBytes(14).toString('hex');
      expect((await call('POST', '/apps', { id, name: 'App', clientType: 'public' })).status).toBe(201);
      expect(await call('GET', `/apps/${id}`)).toMatchObject({ status: 200, body: { id } });
      expect((await call('DELETE', `/apps/${id}`)).status).toBe(204);
    });
  });

  describe('changes', () => {
    it('what it is told and nothing else', async () => {
      const { body: before } = await call('GET', appPath);
      const changed = await call('PATCH', appPath, { name: 'New', tier: 'gold' });
      expect(changed).toMatchObject({ status: 200, body: { name: 'New', tier: 'gold' } });
      expect((await call('GET', appPath)).body).toEqual({ ...before, name: 'New', tier: 'gold' });
      expect(before).toMatchObject({ sessionKind: 'opaque', refreshRotation: true });
      for (const policy of [{ sessionKind: 'tokens' }, { refreshRotation: false }, { sessionKind: 'opaque' }])
        expect((await call('PATCH', appPath, policy)).body).toMatchObject({ name: 'New', ...policy });
      for (const policy of [{ sessionKind: 'cookies' }, { sessionKind: null }, { refreshRotation: 'no' }])
        expect((await call('PATCH', appPath, policy)).status).toBe(422);
      expect((await call('PATCH', appPath, { tier: null })).body['tier']).toBeNull();
      expect((await call('PATCH', appPath, {})).status).toBe(200);
      for (const fixed of [
        { id: 'b' },
        { clientType: 'public' },
        { createdAt: '2020-01-01' },
        { signingSecret: 'x' },
      ])
        expect((await call('PATCH', appPath, fixed)).status).toBe(422);
    });

    it('[B05] nothing for an app that is suspended, from this moment until it is not', async () => {
      const user = await bank.admin.newUser();
      const client = await signedIn({ app, ...user });
      expect(await answerTo(client, '/accounts', { integrity: true })).toEqual(admitted);
      await call('PATCH', appPath, { suspended: true });
      expect(await keyed(app)).toEqual(unknown);
      expect(await signed(app)).toEqual(unknown);
      expect(await answerTo(client, '/accounts', { integrity: true })).toEqual(unknown);
      expect((await signIn({ app, ...user })).code).toBe('app_key_invalid');
      await call('PATCH', appPath, { suspended: false });
      expect(await answerTo(client, '/accounts', { integrity: true })).toEqual(admitted);
    });
  });

  it('deletes an app with its secrets and sessions, none of which return with its id', async () => {
    const user = await bank.admin.newUser();
    const client = await signedIn({ app, ...user });
    expect(await answerTo(client, '/accounts', { integrity: true })).toEqual(admitted);
    expect((await call('DELETE', appPath)).status).toBe(204);
    for (const method of ['GET', 'DELETE']) expect((await call(method, appPath)).status).toBe(404);
    expect(await keyed(app)).toEqual(unknown);
    expect(await signed(app)).toEqual(unsigned);
    expect((await call('GET', `/sessions?userId=${user.id}`)).body).toEqual([]);

    const again = await bank.admin.newApp({ id: app.parts.appId });
    expect(await signed(app)).toEqual(unsigned);
    expect(await signed(again)).toEqual(admitted);
    expect(await answerTo(client, '/accounts', { integrity: true })).toEqual(untrusted);
    again.session = client.session;
    expect(await answerTo(again, '/accounts', { integrity: true })).toEqual([401, 'user_token_invalid']);
  });
});
