import { randomBytes } from 'node:crypto';
import { Consents } from '@portcullis/nest';
import type { AdminAnswer, Customer } from '../support/admin-client.js';
import { startBank, type RunningBank } from '../support/bank.js';
import { ADAPTERS } from '../support/host-app.js';
import { signedIn } from '../support/sign-in.js';

interface Shown {
  readonly identifier: string;
  readonly name: string;
}

interface ShownConsent {
  readonly appId: string;
  readonly resource: string | null;
  readonly scopes: readonly string[];
  readonly grantedAt: string;
}

describe.each(ADAPTERS)('Administration of resource servers on %s', (adapter) => {
  let bank: RunningBank;
  beforeAll(async () => {
    bank = await startBank(adapter);
  });
  afterAll(() => bank.stop());

  const call = (method: string, path: string, body?: unknown) => bank.admin.call(method, path, body);
  const newIdentifier = (rest = '') => `https://${randomBytes(6).toString('hex')}.example${rest}`;
  const pathOf = (identifier: string) => `/resources/${encodeURIComponent(identifier)}`;
  const register = async (more: object = {}) => {
    const identifier = newIdentifier();
    const told = { identifier, name: 'Reports', scopes: ['reports:read'], ...more };
    const { status } = await call('POST', '/resources', told);
    expect(status).toBe(201);
    return identifier;
  };
  const list = async () => (await call('GET', '/resources')).body as unknown as Shown[];
  const mistakesIn = ({ body }: AdminAnswer) =>
    (body['errors'] as { path: string }[] | undefined)?.map(({ path }) => path);
  const auditOf = async (subject: string) => {
    const { body } = await call('GET', `/audit?${new URLSearchParams({ subject })}`);
    return (body['events'] as { action: string }[]).map(({ action }) => action).toReversed();
  };

  it.each([
    ['a host', ''],
    ['a path', '/v1/reports/'],
    ['a query, and what is encoded in it', '/?a=b&c=%2F..%2Fd'],
    ['as much as it may', `/${'a/'.repeat(113)}`],
  ])('names one by an identifier with %s, wherever it stands', async (_, rest) => {
    const identifier = newIdentifier(rest);
    const told = { identifier, name: 'Reports “of the bank”', scopes: ['reports:read', 'reports:write'] };
    const expected = { ...told, appId: null, createdAt: expect.any(String) };
    expect(await call('POST', '/resources', told)).toEqual({ status: 201, body: expected });
    expect(await call('GET', pathOf(identifier))).toEqual({ status: 200, body: expected });
    expect(await list()).toContainEqual(expected);
    expect((await call('DELETE', pathOf(identifier))).status).toBe(204);
    expect((await list()).map((one) => one.identifier)).not.toContain(identifier);
  });

  it('takes no identifier twice', async () => {
    const identifier = await register();
    const again = await call('POST', '/resources', { identifier, name: 'Again' });
    expect([again.status, again.body['errors']]).toEqual([
      422,
      [{ path: 'identifier', message: 'is taken' }],
    ]);
    expect((await call('GET', pathOf(identifier))).body['name']).toBe('Reports');
  });

  it.each<[string, object, string]>([
    ['that is a path', { identifier: '/reports' }, 'identifier'],
    ['with a fragment', { identifier: 'https://a.example/#b' }, 'identifier'],
    ['with a space', { identifier: 'https://a.example/a b' }, 'identifier'],
    ['with a NUL', { identifier: 'https://a.example/\0' }, 'identifier'],
    ['with half a surrogate pair', { identifier: 'https://a.example/\ud800' }, 'identifier'],
    ['that is too long', { identifier: `https://a.example/${'a'.repeat(256)}` }, 'identifier'],
    ['that is no text', { identifier: 5 }, 'identifier'],
    ['without a name', { name: '' }, 'name'],
    ['with scopes that are none', { scopes: ['a b'] }, 'scopes.0'],
    ['with an app that is none', { appId: 'a b' }, 'appId'],
    ['with an app that is not there', { appId: 'nobody' }, 'appId'],
    ['with a member that nobody knows', { createdAt: '2020-01-01' }, ''],
  ])('takes none %s', async (_, wrong, path) => {
    const answer = await call('POST', '/resources', {
      identifier: newIdentifier(),
      name: 'Reports',
      ...wrong,
    });
    expect([answer.status, mistakesIn(answer)]).toEqual([422, [path]]);
  });

  it('changes what it is told and nothing else, and records it', async () => {
    const app = await bank.admin.newApp();
    const { appId } = app.parts;
    const identifier = await register();
    const { body: before } = await call('GET', pathOf(identifier));
    for (const changes of [{ name: 'New' }, { scopes: ['a', 'b'] }, { appId }, { appId: null }, {}]) {
      const changed = await call('PATCH', pathOf(identifier), changes);
      expect(changed).toMatchObject({ status: 200, body: changes });
    }
    const after = { ...before, name: 'New', scopes: ['a', 'b'], appId: null };
    expect((await call('GET', pathOf(identifier))).body).toEqual(after);
    for (const fixed of [{ identifier: newIdentifier() }, { createdAt: '2020-01-01' }, { name: null }])
      expect((await call('PATCH', pathOf(identifier), fixed)).status).toBe(422);
    await call('DELETE', pathOf(identifier));
    const actions = await auditOf(identifier);
    expect([actions[0], actions.at(-1)]).toEqual(['resource.registered', 'resource.removed']);
    expect(new Set(actions.slice(1, -1))).toEqual(new Set(['resource.changed']));
  });

  it('knows none that there is not, however it is spelled', async () => {
    const identifier = await register();
    const others = [identifier.toUpperCase(), `${identifier}/`, newIdentifier(), 'me', '\0', 'x'.repeat(300)];
    for (const other of others)
      for (const method of ['GET', 'PATCH', 'DELETE'])
        expect([
          method,
          other,
          (await call(method, pathOf(other), method === 'PATCH' ? {} : undefined)).status,
        ]).toEqual([method, other, 404]);
    expect((await call('GET', pathOf(identifier))).status).toBe(200);
  });

  describe('Consents', () => {
    let login: Awaited<ReturnType<RunningBank['admin']['newUser']>>;
    let customer: Customer;
    beforeEach(async () => {
      login = await bank.admin.newUser();
      const client = await signedIn({ app: await bank.admin.newApp(), ...login });
      customer = { client, userId: login.id, account: login.account };
    });

    const allow = (scopes: readonly string[], resource: string | null = null) =>
      bank.app.get(Consents, { strict: false }).give({
        userId: customer.userId,
        appId: customer.client.parts.appId,
        resource,
        scopes,
      });
    const query = (more: object = {}) =>
      `/consents?${new URLSearchParams({ userId: customer.userId, ...more })}`;
    const kept = async () => (await call('GET', query())).body as unknown as ShownConsent[];
    const mine = async () => {
      const { status, body } = await customer.client.call('GET', '/consents');
      return { status, body: body as unknown as object[] };
    };
    const accounts = async () => (await customer.client.call('GET', '/accounts')).status;

    it('are listed to the administration and to their user, who sees names', async () => {
      const { appId } = customer.client.parts;
      expect(await kept()).toEqual([]);
      const resource = await register();
      await allow(['accounts:read']);
      await allow(['reports:read'], resource);
      const own = { appId, resource: null, scopes: ['accounts:read'] };
      expect(await kept()).toEqual(
        expect.arrayContaining([
          expect.objectContaining(own),
          expect.objectContaining({ appId, resource, scopes: ['reports:read'] }),
        ]),
      );
      const app = { appId, app: { id: appId, name: 'App' }, grantedAt: expect.any(String) };
      const { status, body } = await mine();
      expect([status, body.length]).toEqual([200, 2]);
      expect(body).toEqual(
        expect.arrayContaining([
          { ...app, resource: null, scope: 'accounts:read' },
          { ...app, resource: { identifier: resource, name: 'Reports' }, scope: 'reports:read' },
        ]),
      );
    });

    it('are nobody else’s business', async () => {
      await allow(['accounts:read']);
      const other = await bank.admin.newCustomer();
      expect(await other.client.call('GET', '/consents')).toMatchObject({ status: 200, body: [] });
      const { appId } = customer.client.parts;
      expect((await other.client.call('DELETE', `/consents/${appId}`)).status).toBe(404);
      expect(await kept()).toHaveLength(1);
      expect(await accounts()).toBe(200);
    });

    it.each<[string, () => Promise<{ status: number }>]>([
      ['by the administration', () => call('DELETE', query({ appId: customer.client.parts.appId }))],
      ['by their user', () => customer.client.call('DELETE', `/consents/${customer.client.parts.appId}`)],
    ])('are withdrawn %s, and the sessions through the app with them', async (_, withdraw) => {
      await allow(['accounts:read']);
      const elsewhere = await signedIn({ app: await bank.admin.newApp(), ...login });
      expect(await accounts()).toBe(200);
      expect((await withdraw()).status).toBe(204);
      expect(await kept()).toEqual([]);
      expect(await accounts()).toBe(401);
      expect(await auditOf(customer.userId)).toContain('consent.withdrawn');
      expect((await elsewhere.call('GET', '/accounts')).status).toBe(200);
      expect((await call('DELETE', query({ appId: customer.client.parts.appId }))).status).toBe(404);
    });

    it('are withdrawn of a user and an app that are named, and of nobody else', async () => {
      for (const wrong of ['', '?userId=a', '?appId=a', '?userId=&appId=', '?userId=a&appId=b&all=true'])
        expect([wrong, (await call('DELETE', `/consents${wrong}`)).status]).toEqual([wrong, 422]);
      for (const wrong of ['', '?userId=', '?userId=%00', '?userId=a&userId=b'])
        expect([wrong, (await call('GET', `/consents${wrong}`)).status]).toEqual([wrong, 422]);
      expect((await call('DELETE', query({ appId: 'nobody' }))).status).toBe(404);
    });
  });
});
