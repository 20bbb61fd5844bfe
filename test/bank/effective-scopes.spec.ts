import { startBank, type RunningBank } from '../support/bank.js';
import { ALL_SCOPES } from '../support/admin-client.js';
import type { BankClient } from '../support/bank-client.js';
import { ADAPTERS } from '../support/host-app.js';
import { signedIn } from '../support/sign-in.js';

type User = Awaited<ReturnType<RunningBank['admin']['newUser']>>;
type Side = readonly [whose: string, path: () => string, method: 'PATCH' | 'PUT'];

describe.each(ADAPTERS)('[B06] What a user may do through an app, on %s,', (adapter) => {
  let bank: RunningBank;
  let app: BankClient;
  let user: User;
  let client: BankClient;

  beforeAll(async () => {
    bank = await startBank(adapter);
    app = await bank.admin.newApp();
  });
  beforeEach(async () => {
    user = await bank.admin.newUser();
    client = await signedIn({ app, ...user });
  });
  afterAll(() => bank.stop());

  const expectAdmitted = async () =>
    expect(await client.call('GET', '/accounts')).toMatchObject({ status: 200 });
  const expectRefused = async (path: string, scope: string) => {
    const answer = await client.call('GET', path);
    expect([answer.status, answer.code, answer.body['scope']]).toEqual([403, 'insufficient_scope', scope]);
    expect(answer.headers.get('www-authenticate')).toBe(
      `Bearer error="insufficient_scope", scope="${scope}"`,
    );
  };

  it.each<Side>([
    ['the app', () => `/apps/${app.parts.appId}`, 'PATCH'],
    ['the user', () => `/users/${user.id}`, 'PATCH'],
    ['the user through this app', () => `/users/${user.id}/apps/${app.parts.appId}`, 'PUT'],
  ])('is what %s may do at this moment, without a new session', async (_, path, method) => {
    const setScopes = async (scopes: readonly string[]) =>
      expect(await bank.admin.call(method, path(), { scopes })).toMatchObject({
        status: 200,
        body: { scopes },
      });
    await expectAdmitted();
    await setScopes(ALL_SCOPES.filter((scope) => scope !== 'accounts:read'));
    await expectRefused('/accounts', 'accounts:read');
    await setScopes([]);
    await expectRefused('/accounts', 'accounts:read');
    await setScopes(ALL_SCOPES);
    await expectAdmitted();
  });

  it('is limited through one app and not through another, until the limit is taken away', async () => {
    const limit = `/users/${user.id}/apps/${app.parts.appId}`;
    const elsewhere = await signedIn({ app: await bank.admin.newApp(), ...user });
    await bank.admin.call('PUT', limit, { scopes: ['transfers:write'] });
    await expectRefused('/accounts', 'accounts:read');
    expect(await elsewhere.call('GET', '/accounts')).toMatchObject({ status: 200 });
    expect(await bank.admin.call('DELETE', limit)).toMatchObject({ status: 204 });
    await expectAdmitted();
    expect(await bank.admin.call('DELETE', limit)).toMatchObject({ status: 404 });
  });

  it('is what the session was granted, and does not grow with its user', async () => {
    client = await signedIn({ app, ...user, body: { scope: 'transfers:write' } });
    await expectRefused('/accounts', 'accounts:read');
    const poor = await bank.admin.newUser({ scopes: ['transfers:write'] });
    client = await signedIn({ app, ...poor });
    await bank.admin.call('PATCH', `/users/${poor.id}`, { scopes: ALL_SCOPES });
    await expectRefused('/accounts', 'accounts:read');
    client = await signedIn({ app, ...poor });
    await expectAdmitted();
  });

  it('never holds what is only alike', async () => {
    const alike = [
      'accounts',
      'accounts:',
      'accounts:*',
      '*',
      'Accounts:Read',
      'accounts:read:all',
      'accounts:reads',
    ];
    const lookalike = await bank.admin.newUser({ scopes: alike });
    await bank.admin.call('PATCH', `/apps/${app.parts.appId}`, { scopes: [...ALL_SCOPES, ...alike] });
    client = await signedIn({ app, ...lookalike });
    await expectRefused('/accounts', 'accounts:read');
    await bank.admin.call('PATCH', `/apps/${app.parts.appId}`, { scopes: ALL_SCOPES });
  });

  it('names for an app without a user what the app is missing', async () => {
    const poor = await bank.admin.newApp({ scopes: ['accounts:read'] });
    const answer = await poor.call('GET', '/branches', { signature: 'none' });
    expect([answer.status, answer.code, answer.body['scope']]).toEqual([
      403,
      'insufficient_scope',
      'branches:read',
    ]);
  });
});
