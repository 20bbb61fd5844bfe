import { startBank, type RunningBank } from '../support/bank.js';
import { ALL_SCOPES } from '../support/admin-client.js';
import { BankClient, send, type BankAnswer } from '../support/bank-client.js';
import { ADAPTERS } from '../support/host-app.js';
import { noteSecret } from '../support/log-book.js';
import { newPassword, signIn } from '../support/sign-in.js';
import { claimsOf } from '../support/token-client.js';

type User = Awaited<ReturnType<RunningBank['admin']['newUser']>>;

interface ListedSession {
  readonly id: string;
  readonly kind: string;
  readonly current: boolean;
}

/** A client, and what it was given. */
interface SignedIn {
  readonly client: BankClient;
  readonly refreshToken: string;
  readonly id: string;
}

const STARTED = {
  access_token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
  token_type: 'Bearer',
  expires_in: expect.any(Number),
  refresh_token: expect.stringMatching(/^[\w-]{22}\.[\w-]{43}\.0\.[\w-]+$/),
  refresh_expires_in: 2_592_000,
  scope: ALL_SCOPES.join(' '),
};

describe.each(ADAPTERS)('Sessions with tokens on %s', (adapter) => {
  let bank: RunningBank;
  let app: BankClient;
  let user: User;

  beforeAll(async () => {
    bank = await startBank(adapter);
    app = await bank.admin.newApp({ sessionKind: 'tokens', clientType: 'public', signing: true });
  });
  beforeEach(async () => {
    user = await bank.admin.newUser();
  });
  afterAll(() => bank.stop());

  const signedIn = async (through = app, body: object = {}): Promise<SignedIn> => {
    const answer = await signIn({ app: through, ...user, body });
    expect(answer.status).toBe(201);
    const client = new BankClient(through.parts);
    client.session = answer.body['access_token'] as string;
    return { client, refreshToken: answer.body['refresh_token'] as string, id: claimsOf(client.session).sid };
  };
  const listOf = async ({ client }: SignedIn) =>
    (await client.call('GET', '/sessions', { signature: 'none' })).body as unknown as ListedSession[];
  const endedBy = async ({ client }: SignedIn, path: string) =>
    (await client.call('DELETE', `/sessions${path}`, { signature: 'none' })).status;
  const isLive = async ({ client }: SignedIn) => {
    const { status, code } = await client.call('GET', '/accounts');
    expect([status, code]).toEqual(status === 200 ? [200, undefined] : [401, 'user_token_invalid']);
    return status === 200;
  };
  const holding = (signed: SignedIn, accessToken: string): SignedIn => ({
    ...signed,
    client: Object.assign(new BankClient(signed.client.parts), { session: accessToken }),
  });
  const refresh = ({ client, refreshToken }: SignedIn): Promise<BankAnswer> =>
    send({
      url: `${bank.url}/oauth/token`,
      init: {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({
          grant_type: 'refresh_token',
          refresh_token: refreshToken,
          client_id: client.parts.appId,
        }).toString(),
      },
    });

  describe('start', () => {
    it('takes no password from an app that signs its users in in the browser, unless it may see one', async () => {
      const app = await bank.admin.newApp();
      const redirectUris = ['com.example.bank:/callback'];
      const outcomes = [];
      for (const grantTypes of [['authorization_code'], ['implicit'], ['authorization_code', 'password']]) {
        await bank.admin.call('PATCH', `/apps/${app.parts.appId}`, { grantTypes, redirectUris });
        const { status, code } = await signIn({ app, ...user });
        outcomes.push([status, code]);
      }
      expect(outcomes).toEqual([
        [403, 'insufficient_scope'],
        [403, 'insufficient_scope'],
        [201, undefined],
      ]);
    });

    it('gives nothing to an app whose tokens have to be bound to a key, whatever the password', async () => {
      const bound = await bank.admin.newApp({
        clientType: 'public',
        signing: true,
        dpopBoundAccessTokens: true,
      });
      for (const password of [user.password, newPassword()]) {
        const { status, code } = await signIn({ app: bound, ...user, password });
        expect({ status, code }).toEqual({ status: 401, code: 'invalid_dpop_proof' });
      }
    });

    it('with an access and a refresh token, and no key', async () => {
      const answer = await signIn({ app, ...user });
      expect([answer.status, answer.body]).toEqual([201, STARTED]);
      expect(answer.headers.get('cache-control')).toBe('no-store');
      expect(answer.body['expires_in']).toBeGreaterThan(280);
      expect(claimsOf(answer.body['access_token'] as string)).toMatchObject({
        iss: bank.url,
        sub: user.id,
        client_id: app.parts.appId,
        scope: ALL_SCOPES.join(' '),
      });
      // No part of a refresh token is a key.
      const [id, secret] = (answer.body['refresh_token'] as string).split('.') as [string, string];
      for (const session of [answer.body['refresh_token'] as string, `${id}.${secret}`]) {
        const client = Object.assign(new BankClient(app.parts), { session });
        expect(await client.call('GET', '/accounts')).toMatchObject({ code: 'user_token_invalid' });
      }
    });

    it('as the app is registered at that moment, and stay what they are', async () => {
      const changing = await bank.admin.newApp();
      const turn = (sessionKind: string) =>
        bank.admin.call('PATCH', `/apps/${changing.parts.appId}`, { sessionKind });
      expect((await signIn({ app: changing, ...user })).body).toHaveProperty('session_key');
      await turn('tokens');
      const started = await signedIn(changing);
      await turn('opaque');
      expect((await signIn({ app: changing, ...user })).body).not.toHaveProperty('access_token');
      expect(await isLive(started)).toBe(true);
      expect((await listOf(started)).map(({ kind }) => kind)).toEqual(['opaque', 'tokens', 'opaque']);
    });

    it('with less than could be had, never with more', async () => {
      const scopeFor = async (scope: string) => {
        const { body } = await signIn({ app, ...user, body: { scope } });
        const claimed = (claimsOf(body['access_token'] as string) as { scope?: string }).scope ?? '';
        expect(body['scope']).toBe(claimed);
        return claimed;
      };
      expect(await scopeFor('accounts:read')).toBe('accounts:read');
      expect(await scopeFor('transfers:write root accounts:read')).toBe('accounts:read transfers:write');
      expect(await scopeFor('root')).toBe('');
      const narrow = await signedIn(app, { scope: 'transfers:write' });
      const answer = await narrow.client.call('GET', '/accounts');
      expect([answer.code, answer.body['scope']]).toEqual(['insufficient_scope', 'accounts:read']);
    });

    it('with a right password alone', async () => {
      const answer = await signIn({ app, ...user, password: newPassword() });
      expect(answer).toMatchObject({ status: 401, code: 'user_token_invalid' });
      expect(answer.body).not.toHaveProperty('access_token');
    });
  });

  it('are listed with the others, and the one in use is marked', async () => {
    const [first, second] = [await signedIn(), await signedIn(app, { device: 'Phone' })];
    const listed = await listOf(second);
    expect(listed).toMatchObject([
      {
        id: second.id,
        kind: 'tokens',
        device: 'Phone',
        app: { id: app.parts.appId, name: 'App' },
        current: true,
      },
      { id: first.id, kind: 'tokens', device: 'node', current: false },
    ]);
    for (const { client, refreshToken } of [first, second])
      for (const secret of [client.session as string, refreshToken.split('.')[1] as string])
        expect(JSON.stringify(listed)).not.toContain(secret);
  });

  describe('[I03] end', () => {
    let one: SignedIn;
    let other: SignedIn;
    beforeEach(async () => {
      [one, other] = [await signedIn(), await signedIn()];
      for (const each of [one, other]) expect(await isLive(each)).toBe(true);
    });
    const admin = (method: string, path: string, body?: object) => bank.admin.call(method, path, body);

    it('when their user leaves, and no other with them', async () => {
      expect(await endedBy(one, '/current')).toBe(204);
      expect([await isLive(one), await isLive(other)]).toEqual([false, true]);
      const refused = await refresh(one);
      expect([refused.status, refused.body['error']]).toEqual([400, 'invalid_grant']);
      const renewed = await refresh(other);
      noteSecret(renewed.body['refresh_token'] as string);
      expect(await isLive(holding(other, noteSecret(renewed.body['access_token'] as string)))).toBe(true);
    });

    it('one by one, and everywhere', async () => {
      expect(await endedBy(one, `/${other.id}`)).toBe(204);
      expect([await isLive(one), await isLive(other)]).toEqual([true, false]);
      const third = await signedIn();
      expect(await endedBy(third, '')).toBe(204);
      expect([await isLive(one), await isLive(third)]).toEqual([false, false]);
    });

    it('at the word of an administrator', async () => {
      const { body } = await admin('GET', `/sessions?userId=${user.id}`);
      expect(body).toMatchObject([{ id: other.id, kind: 'tokens' }, { id: one.id }]);
      expect((await admin('DELETE', `/sessions/${one.id}`)).status).toBe(204);
      expect([await isLive(one), await isLive(other)]).toEqual([false, true]);
      expect((await admin('DELETE', `/sessions?userId=${user.id}`)).status).toBe(204);
      expect(await isLive(other)).toBe(false);
    });

    it('with the password that they were started with', async () => {
      expect((await admin('PATCH', `/users/${user.id}`, { password: newPassword() })).status).toBe(200);
      expect([await isLive(one), await isLive(other)]).toEqual([false, false]);
      expect((await admin('GET', `/sessions?userId=${user.id}`)).body).toEqual([]);
    });

    it('while their user is suspended', async () => {
      await admin('PATCH', `/users/${user.id}`, { suspended: true });
      expect([await isLive(one), await isLive(other)]).toEqual([false, false]);
    });

    it('[E17] never at the word of another user', async () => {
      user = await bank.admin.newUser();
      const stranger = await signedIn();
      expect(await endedBy(stranger, `/${one.id}`)).toBe(404);
      expect(await isLive(one)).toBe(true);
    });

    it('with their app, and their tokens do not come back with its id', async () => {
      const gone = await bank.admin.newApp({ sessionKind: 'tokens' });
      const { appId } = gone.parts;
      const through = await signedIn(gone);
      expect(await isLive(through)).toBe(true);
      expect((await admin('DELETE', `/apps/${appId}`)).status).toBe(204);
      const again = await bank.admin.newApp({ id: appId, sessionKind: 'tokens' });
      again.session = through.client.session;
      expect(await again.call('GET', '/accounts')).toMatchObject({
        status: 401,
        code: 'user_token_invalid',
      });
      expect(await isLive(one)).toBe(true);
    });
  });

  it('[B06] may do no more than their user may at this moment, whatever is written in the token', async () => {
    const started = await signedIn();
    expect(await isLive(started)).toBe(true);
    const scopes = ALL_SCOPES.filter((scope) => scope !== 'accounts:read');
    const path = `/users/${user.id}`;
    for (const [method, at] of [
      ['PATCH', path],
      ['PUT', `${path}/apps/${app.parts.appId}`],
    ] as const) {
      await bank.admin.call(method, at, { scopes });
      const answer = await started.client.call('GET', '/accounts');
      expect([answer.status, answer.code]).toEqual([403, 'insufficient_scope']);
      await bank.admin.call(method, at, { scopes: ALL_SCOPES });
      expect(await isLive(started)).toBe(true);
    }
  });

  it('[D20] belong to the app that they were started with', async () => {
    const elsewhere = new BankClient((await bank.admin.newApp()).parts);
    elsewhere.session = (await signedIn()).client.session;
    expect(await elsewhere.call('GET', '/accounts')).toMatchObject({
      status: 403,
      code: 'app_user_mismatch',
    });
  });
});
