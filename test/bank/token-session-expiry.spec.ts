import { randomBytes } from 'node:crypto';
import { KeyRing } from '@portcullis/nest';
import type { ChangeFeed } from '../../libs/nest/src/state/index.js';
import type { SessionTokens } from '../../libs/nest/src/authorities/sessions/index.js';
import { authorityNode, REGISTRY_TABLES, type AuthorityNode } from '../support/authority-node.js';
import { describeOnEachDatabase, type OpenedDatabase } from '../support/databases.js';
import { HeldClock } from '../support/held-clock.js';
import { newPassword } from '../support/sign-in.js';
import { TokenSessions } from '../support/token-sessions.js';

const HOUR = 3_600;
const APP = { id: 'app', name: 'App', scopes: ['accounts:read', 'transfers:write'], registered: true };
const LIVES = {
  accessTokenTtlSeconds: 300,
  refreshIdleTtlSeconds: 2 * HOUR,
  refreshAbsoluteTtlSeconds: 10 * HOUR,
};

describeOnEachDatabase('[I04] A session with tokens', (open) => {
  let database: OpenedDatabase;
  let clock: HeldClock;
  let node: AuthorityNode;
  let userId: string;
  const keyRing = KeyRing.parse(randomBytes(32).toString('base64url'));
  const login = { username: 'user', password: newPassword() };

  const startNode = (changes?: ChangeFeed) =>
    authorityNode({ database, keyRing, clock, tokens: LIVES, ...(changes && { changes }) });
  const register = () =>
    node.apps.register({
      id: APP.id,
      name: APP.name,
      clientType: 'public',
      scopes: APP.scopes,
      sessionKind: 'tokens',
    });

  beforeAll(async () => {
    database = await open(REGISTRY_TABLES);
    clock = new HeldClock();
    node = startNode();
    await register();
    userId = (await node.users.register({ ...login, scopes: APP.scopes })).id;
  });
  beforeEach(() => {
    clock = new HeldClock();
    node = startNode();
  });
  afterAll(() => database.close());

  const sessions = new TokenSessions(APP, login);
  const started = () =>
    sessions.start(node, {
      requestedScopes: ['accounts:read', 'bank:admin'],
      device: 'Phone',
      address: '203.0.113.7',
    });
  const holds = (accessToken: string, on = node) => sessions.holds(on, accessToken);
  const refreshed = (refreshToken: string, on = node) => sessions.refreshed(on, refreshToken);
  const listed = async (on = node) => (await on.sessions.list(userId)).map(({ id }) => id);

  it('says what it is, where it began and until when, and never more scopes than the app and the user have', async () => {
    const { session, accessTokenExpiresInSeconds, refreshTokenExpiresInSeconds } = await started();
    expect(session).toMatchObject({
      kind: 'tokens',
      scopes: ['accounts:read'],
      device: 'Phone',
      startedFrom: '203.0.113.0/24',
    });
    expect(session.expiresAt.getTime() - session.createdAt.getTime()).toBe(10 * HOUR * 1000);
    expect(accessTokenExpiresInSeconds).toBeGreaterThan(280);
    expect(accessTokenExpiresInSeconds).toBeLessThanOrEqual(300);
    expect(refreshTokenExpiresInSeconds).toBe(2 * HOUR);
    expect((await node.sessions.list(userId))[0]).toEqual(session);
  });

  it('has no key: neither its id nor its tokens are looked up as one', async () => {
    const { session, accessToken, refreshToken } = await started();
    const secret = randomBytes(32).toString('base64url');
    for (const text of [accessToken, refreshToken, session.id, `${session.id}.${secret}`, `${session.id}.`])
      expect(await node.directory.find(text)).toBeUndefined();
  });

  it('is over when its refresh token was not redeemed for as long as it may rest', async () => {
    const { session, refreshToken } = await started();
    clock.advance(2 * HOUR - 5);
    expect(await listed()).toContain(session.id);
    clock.advance(6);
    expect(await listed()).not.toContain(session.id);
    expect(await refreshed(refreshToken)).toBeUndefined();
  });

  it('goes on while it is refreshed, and is over after its longest life all the same', async () => {
    const { session, refreshToken } = await started();
    let token: string | undefined = refreshToken;
    for (let hours = 1; hours < 10; hours += 1) {
      clock.advance(HOUR);
      token = token && (await refreshed(token));
      expect(token).toBeDefined();
    }
    clock.advance(HOUR - 5);
    expect(await listed()).toContain(session.id);
    clock.advance(6);
    expect(await listed()).not.toContain(session.id);
    expect(await refreshed(token as string)).toBeUndefined();
  });

  it('has access tokens that end by themselves, and is not over with them', async () => {
    const { session, accessToken, refreshToken } = await started();
    expect(await holds(accessToken)).toBe(true);
    clock.advance(306);
    expect(await holds(accessToken)).toBe(false);
    expect(await listed()).toContain(session.id);
    expect(await refreshed(refreshToken)).toBeDefined();
  });

  it('was last used when one of its access tokens was, as far as that is written', async () => {
    const { session } = await started();
    clock.advance(100);
    node.directory.noteUse(session.id);
    await node.directory.onApplicationShutdown();
    const [found] = await node.sessions.list(userId);
    expect(found?.id).toBe(session.id);
    const usedAfterMs = (found?.lastUsedAt.getTime() ?? 0) - session.createdAt.getTime();
    expect(usedAfterMs).toBeGreaterThanOrEqual(100_000);
  });

  it('[I07] takes its tokens along when it ends, on every node that hears of it', async () => {
    const { session, accessToken, refreshToken } = await started();
    const other = await started();
    const hears = startNode(node.changes);
    expect([await holds(accessToken), await holds(accessToken, hears)]).toEqual([true, true]);
    await node.sessions.end(session.id, { userId });
    for (const on of [node, hears]) {
      expect([await holds(accessToken, on), await holds(other.accessToken, on)]).toEqual([false, true]);
      expect(await refreshed(refreshToken, on)).toBeUndefined();
    }
    expect(await refreshed(other.refreshToken)).toBeDefined();
  });

  it('[I03] ends with all others of its user, and when the password is replaced', async () => {
    for (const end of [
      () => node.sessions.endAllOf(userId),
      () => node.users.change(userId, { password: login.password }),
    ]) {
      const both = [await started(), await started()];
      for (const { accessToken } of both) expect(await holds(accessToken)).toBe(true);
      await end();
      for (const { accessToken, refreshToken } of both) {
        expect(await holds(accessToken)).toBe(false);
        expect(await refreshed(refreshToken)).toBeUndefined();
      }
      expect(await listed()).toEqual([]);
    }
  });

  it('goes with its app, and its tokens do not come back when the app’s id does', async () => {
    const { accessToken, refreshToken } = await started();
    const hears = startNode(node.changes);
    expect(await holds(accessToken, hears)).toBe(true);
    clock.advance(0.001);
    await node.apps.remove(APP.id);
    clock.advance(0.001);
    await register();
    for (const on of [node, hears]) {
      expect(await holds(accessToken, on)).toBe(false);
      expect(await refreshed(refreshToken, on)).toBeUndefined();
    }
    const again = await started();
    expect([await holds(again.accessToken), await holds(again.accessToken, hears)]).toEqual([true, true]);
  });

  it('leaves nothing behind when there is no key to sign its token with', async () => {
    const keyless = Object.assign(Object.create(node.tokens?.ofSessions as SessionTokens) as SessionTokens, {
      sign: async () => Promise.reject(new Error('no key')),
    });
    const user = await node.accounts.authenticate(login.username, login.password);
    const before = await listed();
    const unsigned = Object.create(node.sessions, { tokens: { value: keyless } }) as typeof node.sessions;
    await expect(
      unsigned.start({ user: user as NonNullable<typeof user>, app: APP, kind: 'tokens' }),
    ).rejects.toThrow('no key');
    expect(await listed()).toEqual(before);
  });

  it('is not begun where no tokens are issued', async () => {
    const without = authorityNode({ database, keyRing, clock });
    const user = (await without.accounts.authenticate(login.username, login.password)) as NonNullable<
      Awaited<ReturnType<typeof without.accounts.authenticate>>
    >;
    await expect(without.sessions.start({ user, app: APP, kind: 'tokens' })).rejects.toMatchObject({
      code: 'temporarily_unavailable',
    });
    const tokens = { sessionKind: 'tokens' } as const;
    const refused = { code: 'validation_failed' };
    await expect(without.apps.change(APP.id, tokens)).rejects.toMatchObject(refused);
    await expect(without.apps.register({ name: 'A', clientType: 'public', ...tokens })).rejects.toMatchObject(
      refused,
    );
    await expect(without.apps.change(APP.id, { name: 'New' })).resolves.toMatchObject(tokens);
  });
});
