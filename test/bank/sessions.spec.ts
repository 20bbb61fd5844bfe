import { randomBytes } from 'node:crypto';
import { startBank, type RunningBank } from '../support/bank.js';
import { ALL_SCOPES } from '../support/admin-client.js';
import { BankClient, send, type BankAnswer } from '../support/bank-client.js';
import { ADAPTERS } from '../support/host-app.js';
import { basicOf, prepareSignIn, signedIn, signIn, withoutRequestId } from '../support/sign-in.js';

type User = Awaited<ReturnType<RunningBank['admin']['newUser']>>;
interface ListedSession {
  id: string;
  current: boolean;
}

const STARTED = {
  session_key: expect.stringMatching(/^[\w-]{22}\.[\w-]{43}$/),
  token_type: 'Bearer',
  expires_in: 1800,
  absolute_expires_in: 43_200,
  scope: ALL_SCOPES.join(' '),
};

describe.each(ADAPTERS)('Sessions on %s', (adapter) => {
  let bank: RunningBank;
  let app: BankClient;
  let user: User;

  beforeAll(async () => {
    bank = await startBank(adapter);
    app = await bank.admin.newApp();
  });
  beforeEach(async () => {
    user = await bank.admin.newUser();
  });
  afterAll(() => bank.stop());

  const listOf = async (client: BankClient) =>
    (await client.call('GET', '/sessions', { signature: 'none' })).body as unknown as ListedSession[];
  const idOf = (client: BankClient) => (client.session as string).split('.')[0] as string;
  const endedBy = async (client: BankClient, path: string) =>
    (await client.call('DELETE', `/sessions${path}`, { signature: 'none' })).status;
  const isLive = async (client: BankClient) => {
    const { status, code } = await client.call('GET', '/accounts');
    expect([status, code]).toEqual(status === 200 ? [200, undefined] : [401, 'user_token_invalid']);
    return status === 200;
  };

  describe('start', () => {
    it('for an app and its user, whichever header carries the password', async () => {
      const beside = await signIn({ app, ...user });
      const authorization = basicOf(user);
      const instead = await signIn({
        app,
        ...user,
        headers: { 'x-user-authorization': undefined, authorization },
      });
      for (const answer of [beside, instead]) {
        expect([answer.status, answer.body]).toEqual([201, STARTED]);
        expect(answer.headers.get('cache-control')).toBe('no-store');
      }
    });

    it('for an app that names itself in Authorization', async () => {
      const headers = { 'x-api-key': undefined, authorization: `key ${app.parts.appId}` };
      expect(await signIn({ app, ...user, headers })).toMatchObject({ status: 201, body: STARTED });
    });

    it.each(['rfc9421', 'hawk'] as const)('with a signature (%s) that is right, once', async (signature) => {
      const prepared = prepareSignIn({ app, ...user, signature, body: { scope: 'accounts:read' } });
      expect(await send(prepared)).toMatchObject({ status: 201 });
      expect(await send(prepared)).toMatchObject({ status: 401, code: 'signature_replayed' });
    });

    it.each(['rfc9421', 'hawk'] as const)(
      'never with one (%s) that is wrong, though none is asked for',
      async (signature) => {
        const forger = new BankClient({ ...app.parts, signingSecret: randomBytes(32).toString('base64url') });
        const refused = { status: 401, code: 'signature_invalid' };
        expect(await signIn({ app: forger, ...user, signature })).toMatchObject(refused);
        const { url, init } = prepareSignIn({ app, ...user, signature, body: { scope: 'accounts:read' } });
        expect(await send({ url, init: { ...init, body: '{"scope":"bank:admin"}' } })).toMatchObject(refused);
      },
    );

    it('not without a password, nor without an app', async () => {
      const nobody = await signIn({ app, ...user, headers: { 'x-user-authorization': undefined } });
      expect(nobody).toMatchObject({ status: 401, code: 'user_token_missing' });
      expect(nobody.headers.get('www-authenticate')).toMatch(/^Basic /);
      const appless = await signIn({ app, ...user, headers: { 'x-api-key': undefined } });
      expect(appless).toMatchObject({ status: 401, code: 'app_key_missing' });
      const twice = await signIn({ app, ...user, headers: { authorization: basicOf(user) } });
      expect(twice).toMatchObject({ status: 400, code: 'malformed_credentials' });
    });

    it('[I02] never with the same key twice', async () => {
      const answers = await Promise.all(Array.from({ length: 24 }, () => signIn({ app, ...user })));
      const keys = answers.map(({ body }) => (body['session_key'] as string).split('.'));
      expect(new Set(keys.map(([id]) => id)).size).toBe(24);
      expect(new Set(keys.map(([, secret]) => secret)).size).toBe(24);
      expect(await listOf(await signedIn({ app, ...user }))).toHaveLength(25);
    });

    it('with less than could be had, never with more', async () => {
      const scopeFor = async (scope: string) =>
        (await signIn({ app, ...user, body: { scope } })).body['scope'];
      expect(await scopeFor('accounts:read')).toBe('accounts:read');
      expect(await scopeFor('transfers:write root accounts:read accounts:read')).toBe(
        'accounts:read transfers:write',
      );
      expect(await scopeFor('root')).toBe('');
      const poor = await bank.admin.newUser({ scopes: ['branches:read', 'root'] });
      const answer = await signIn({ app, ...poor, body: { scope: ALL_SCOPES.join(' ') } });
      expect(answer.body['scope']).toBe('branches:read');
    });

    it.each<[string, unknown]>([
      ['no scope in it', { scope: '' }],
      ['two spaces', { scope: 'a  b' }],
      ['a quote', { scope: 'a"b' }],
      ['a NUL', { scope: 'a\0b' }],
      ['a list', { scope: ['accounts:read'] }],
      ['a member that nobody knows', { scope: 'accounts:read', admin: true }],
    ])('not with a body that has %s', async (_, body) => {
      expect(await signIn({ app, ...user, body })).toMatchObject({ status: 422, code: 'validation_failed' });
    });
  });

  describe('are listed', () => {
    it('to their user alone, without key or hash, and the one in use is marked', async () => {
      const [first, second] = [await signedIn({ app, ...user }), await signedIn({ app, ...user })];
      const stranger = await signedIn({ app, ...(await bank.admin.newUser()) });
      const listed = await listOf(second);
      expect(listed.map(({ id, current }) => [id, current])).toEqual([
        [idOf(second), true],
        [idOf(first), false],
      ]);
      const members = 'id appId app kind scope device startedFrom createdAt lastUsedAt expiresAt current';
      for (const session of listed) expect(Object.keys(session)).toEqual(members.split(' '));
      for (const { session } of [first, second])
        expect(JSON.stringify(listed)).not.toContain((session as string).split('.')[1]);
      expect((await listOf(stranger)).map(({ id }) => id)).toEqual([idOf(stranger)]);
    });

    it('across apps', async () => {
      const elsewhere = await signedIn({ app: await bank.admin.newApp(), ...user });
      await signedIn({ app, ...user });
      expect(await listOf(elsewhere)).toMatchObject([{ current: false }, { current: true }]);
    });
  });

  describe('[I03] end', () => {
    let one: BankClient;
    let other: BankClient;
    beforeEach(async () => {
      [one, other] = [await signedIn({ app, ...user }), await signedIn({ app, ...user })];
    });

    it('when their user leaves, and no other with them', async () => {
      expect(await isLive(one)).toBe(true);
      expect(await endedBy(one, '/current')).toBe(204);
      expect([await isLive(one), await isLive(other)]).toEqual([false, true]);
      expect(await endedBy(one, '/current')).toBe(401);
    });

    it('one by one', async () => {
      expect(await isLive(other)).toBe(true);
      expect(await endedBy(one, `/${idOf(other)}`)).toBe(204);
      expect([await isLive(one), await isLive(other)]).toEqual([true, false]);
      expect(await endedBy(one, `/${idOf(other)}`)).toBe(404);
    });

    it('everywhere, and nobody else’s', async () => {
      const stranger = await signedIn({ app, ...(await bank.admin.newUser()) });
      expect(await endedBy(one, '')).toBe(204);
      expect([await isLive(one), await isLive(other), await isLive(stranger)]).toEqual([false, false, true]);
    });

    it('[E17] never at the word of another user, who learns nothing', async () => {
      const stranger = await signedIn({ app, ...(await bank.admin.newUser()) });
      const answers: BankAnswer[] = [];
      for (const id of [idOf(one), randomBytes(16).toString('base64url'), '%00', 'x'.repeat(200)])
        answers.push(await stranger.call('DELETE', `/sessions/${id}`, { signature: 'none' }));
      for (const answer of answers) {
        expect(answer).toMatchObject({ status: 404, code: 'not_found' });
        expect(withoutRequestId(answer)).toEqual(withoutRequestId(answers[0] as BankAnswer));
      }
      expect(await isLive(one)).toBe(true);
    });

    it('[I09] for good, however many calls are under way', async () => {
      const calls = Array.from({ length: 20 }, () => one.call('GET', '/accounts'));
      expect(await endedBy(other, `/${idOf(one)}`)).toBe(204);
      expect(await isLive(one)).toBe(false);
      await Promise.all(calls);
      expect(await isLive(one)).toBe(false);
      expect((await listOf(other)).map(({ id }) => id)).toEqual([idOf(other)]);
    });
  });

  it('[D20] belong to the app that they were started with', async () => {
    const elsewhere = new BankClient((await bank.admin.newApp()).parts);
    elsewhere.session = (await signedIn({ app, ...user })).session;
    const answer = await elsewhere.call('GET', '/accounts');
    expect(answer).toMatchObject({ status: 403, code: 'app_user_mismatch' });
    expect(await elsewhere.call('DELETE', '/sessions')).toMatchObject({
      status: 403,
      code: 'app_user_mismatch',
    });
  });

  it('have keys of which nothing can be changed, and one answer for whoever tries', async () => {
    const ended = await signedIn({ app, ...user });
    await endedBy(ended, '/current');
    const client = await signedIn({ app, ...user });
    const key = client.session as string;
    const [id, secret] = key.split('.') as [string, string];
    const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const sibling = digits[digits.indexOf(key.at(-1) as string) ^ 1];
    const answers: BankAnswer[] = [];
    for (const session of [
      ended.session,
      id,
      secret,
      `${id}.`,
      `${id}.${randomBytes(32).toString('base64url')}`,
      `${randomBytes(16).toString('base64url')}.${secret}`,
      `${secret}.${id}`,
      key.slice(0, -1),
      `${key}A`,
      `${key.slice(0, -1)}${sibling}`,
      `${key}=`,
      `${key}.${secret}`,
      key.toLowerCase(),
      'x'.repeat(4000),
    ]) {
      client.session = session;
      answers.push(await client.call('GET', '/accounts'));
    }
    for (const answer of answers) {
      expect(answer).toMatchObject({ status: 401, code: 'user_token_invalid' });
      expect(withoutRequestId(answer)).toEqual(withoutRequestId(answers[0] as BankAnswer));
    }
    client.session = key;
    expect(await isLive(client)).toBe(true);
  });
});
