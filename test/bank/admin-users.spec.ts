import { randomUUID } from 'node:crypto';
import { startBank, type RunningBank } from '../support/bank.js';
import { ALL_SCOPES } from '../support/admin-client.js';
import type { BankClient } from '../support/bank-client.js';
import { ADAPTERS } from '../support/host-app.js';
import { newPassword, signedIn, signIn } from '../support/sign-in.js';

type User = Awaited<ReturnType<RunningBank['admin']['newUser']>>;

describe.each(ADAPTERS)('Administration of users on %s', (adapter) => {
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

  const call = (method: string, path: string, body?: unknown) => bank.admin.call(method, path, body);
  const answerTo = async (one: BankClient) => {
    const { status, code } = await one.call('GET', '/accounts');
    return [status, code];
  };
  const admitted = [200, undefined];
  const ended = [401, 'user_token_invalid'];

  it('registers a user with a funded account', async () => {
    const username = `Ann-${newPassword()}`;
    const made = await call('POST', '/users', { username, password: newPassword(), scopes: ['a', 'a'] });
    const { id } = made.body;
    expect([made.status, made.body]).toEqual([
      201,
      {
        id: expect.stringMatching(/^[\da-f-]{36}$/),
        username,
        scopes: ['a'],
        suspended: false,
        createdAt: expect.any(String),
        accounts: [{ id: expect.stringMatching(/^[\da-f-]{36}$/) }],
      },
    ]);
    const { accounts: _, ...kept } = made.body;
    expect((await call('GET', `/users/${id}`)).body).toEqual({ ...kept, apps: [] });
    expect((await call('GET', '/users')).body).toContainEqual(kept);
  });

  it('shows no password and no hash', async () => {
    const answers = [await call('GET', '/users'), await call('GET', `/users/${user.id}`)];
    const text = JSON.stringify(answers);
    expect(text).not.toContain(user.password);
    expect(text).not.toMatch(/argon2|hash/i);
  });

  it('registers a name once, and no account for the one that loses', async () => {
    const username = `twin-${newPassword()}`;
    const answers = await Promise.all(
      [username, username.toUpperCase(), username].map((name) =>
        call('POST', '/users', { username: name, password: newPassword() }),
      ),
    );
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 422, 422]);
  });

  it('[I03] suspends a user at once, and lets them in again', async () => {
    expect(await answerTo(client)).toEqual(admitted);
    const { status, body } = await call('PATCH', `/users/${user.id}`, { suspended: true });
    expect([status, body['suspended']]).toEqual([200, true]);
    expect(await answerTo(client)).toEqual(ended);
    expect((await signIn({ app, ...user })).status).toBe(401);
    await call('PATCH', `/users/${user.id}`, { suspended: false });
    expect(await answerTo(client)).toEqual(admitted);
    expect((await signIn({ app, ...user })).status).toBe(201);
  });

  it('[I03] replaces a password, and ends what was started with the old one', async () => {
    const stranger = await signedIn({ app, ...(await bank.admin.newUser()) });
    const password = newPassword();
    expect(await answerTo(client)).toEqual(admitted);
    const answer = await call('PATCH', `/users/${user.id}`, { password });
    expect([answer.status, JSON.stringify(answer.body)]).toEqual([
      200,
      expect.not.stringMatching(/argon2|hash/i),
    ]);
    expect([await answerTo(client), await answerTo(stranger)]).toEqual([ended, admitted]);
    expect((await signIn({ app, ...user })).status).toBe(401);
    expect((await signIn({ app, ...user, password })).status).toBe(201);
  });

  it('changes neither name nor id', async () => {
    for (const fixed of [{ username: 'b' }, { id: randomUUID() }, { passwordHash: 'x' }, { scopes: null }])
      expect((await call('PATCH', `/users/${user.id}`, fixed)).status).toBe(422);
    expect((await call('PATCH', `/users/${user.id}`, {})).status).toBe(200);
  });

  it('says what a user may do through which app', async () => {
    const path = `/users/${user.id}/apps/${app.parts.appId}`;
    const limit = { appId: app.parts.appId, scopes: ['accounts:read'] };
    expect(await call('PUT', path, { scopes: ['accounts:read', 'accounts:read'] })).toEqual({
      status: 200,
      body: { userId: user.id, ...limit },
    });
    expect((await call('GET', `/users/${user.id}`)).body['apps']).toEqual([limit]);
    expect((await call('PUT', path, {})).status).toBe(422);
    expect((await call('PUT', path, { scopes: ALL_SCOPES, more: 1 })).status).toBe(422);
    expect((await call('DELETE', path)).status).toBe(204);
    expect((await call('GET', `/users/${user.id}`)).body['apps']).toEqual([]);
    for (const none of [`/users/${randomUUID()}/apps/${app.parts.appId}`, `/users/${user.id}/apps/none`])
      expect((await call('PUT', none, { scopes: [] })).status).toBe(404);
  });

  it('keeps a user whose accounts are on the books, and says so', async () => {
    const { status, body } = await call('DELETE', `/users/${user.id}`);
    expect([status, body['code']]).toEqual([422, 'validation_failed']);
    expect(await answerTo(client)).toEqual(admitted);
  });

  describe('of sessions', () => {
    const pathOf = (one: BankClient) => `/sessions/${(one.session as string).split('.')[0]}`;
    const listed = async (userId = user.id) =>
      (await call('GET', `/sessions?userId=${userId}`)).body as unknown as Record<string, unknown>[];

    it('lists a user’s, without key or hash', async () => {
      const other = await signedIn({ app, ...user, body: { scope: 'accounts:read' } });
      await signedIn({ app, ...(await bank.admin.newUser()) });
      const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
      const common = {
        userId: user.id,
        appId: app.parts.appId,
        kind: 'opaque',
        device: 'node',
        startedFrom: expect.stringMatching(/^198\.18\.\d+\.0\/24$/),
        createdAt: time,
        lastUsedAt: time,
        expiresAt: time,
      };
      expect(await listed()).toEqual([
        { id: pathOf(other).slice(10), scopes: ['accounts:read'], ...common },
        { id: pathOf(client).slice(10), scopes: ALL_SCOPES, ...common },
      ]);
      expect(await listed(user.id.toUpperCase())).toHaveLength(2);
      expect(await listed(randomUUID())).toEqual([]);
    });

    it('ends one', async () => {
      const other = await signedIn({ app, ...user });
      expect([await answerTo(client), await answerTo(other)]).toEqual([admitted, admitted]);
      expect((await call('DELETE', pathOf(client))).status).toBe(204);
      expect((await call('DELETE', pathOf(client))).status).toBe(404);
      expect([await answerTo(client), await answerTo(other)]).toEqual([ended, admitted]);
    });

    it.each([String, (id: string) => id.toUpperCase()])(
      'ends all of a user’s, however the id is spelled',
      async (spell) => {
        const stranger = await signedIn({ app, ...(await bank.admin.newUser()) });
        expect(await answerTo(client)).toEqual(admitted);
        expect((await call('DELETE', `/sessions?userId=${spell(user.id)}`)).status).toBe(204);
        expect([await answerTo(client), await answerTo(stranger)]).toEqual([ended, admitted]);
        expect(await listed()).toEqual([]);
      },
    );
  });
});
