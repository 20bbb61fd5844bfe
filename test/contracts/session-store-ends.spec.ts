import { PORTCULLIS_MIGRATIONS, typeOrmStores, type TypeOrmStores } from '@portcullis/nest/typeorm';
import type { SessionRecord } from '../../libs/nest/src/authorities/sessions/index.js';
import type { Change } from '../../libs/nest/src/state/index.js';
import { describeOnEachDatabase, type OpenedDatabase } from '../support/databases.js';
import { after, anApp, aSession, aUser } from '../support/registry-records.js';

describeOnEachDatabase('the session store', (open, kind) => {
  let database: OpenedDatabase;
  let stores: TypeOrmStores;
  let appId: string;
  let userId: string;

  beforeAll(async () => {
    database = await open({ migrations: PORTCULLIS_MIGRATIONS });
    stores = typeOrmStores(database.dataSource);
  });
  afterAll(() => database.close());
  beforeEach(async () => {
    await database.dataSource.query('TRUNCATE portcullis_sessions, portcullis_changes CASCADE');
    const [app, user] = [anApp(), aUser()];
    await stores.apps.insert(app);
    await stores.users.insert(user);
    [appId, userId] = [app.id, user.id];
  });

  async function begun(given: Partial<SessionRecord> = {}): Promise<SessionRecord> {
    const session = aSession({ userId, appId, ...given });
    await stores.sessions.insert(session);
    return session;
  }

  /** With refresh tokens that can be redeemed until `idleExpiresAt`. */
  async function begunWithTokens(idleExpiresAt: Date, given: Partial<SessionRecord> = {}) {
    const session = await begun({ kind: 'tokens', ...given });
    await database.dataSource.query(
      `INSERT INTO portcullis_refresh_families
         (session_id, app_id, user_id, scopes, generation, current_hash, idle_expires_at, expires_at, created_at)
       VALUES ($1, $2, $3, $4, 0, 'hash', $5, $6, $7)`,
      [
        session.id,
        session.appId,
        session.userId,
        session.scopes,
        idleExpiresAt,
        session.expiresAt,
        session.createdAt,
      ],
    );
    return session;
  }

  const left = async () =>
    (await database.dataSource.query<{ id: string }[]>('SELECT id FROM portcullis_sessions ORDER BY id')).map(
      ({ id }) => id,
    );
  const familiesLeft = async () =>
    (await database.dataSource.query<object[]>('SELECT session_id FROM portcullis_refresh_families')).length;
  const idsOf = (sessions: readonly SessionRecord[]) => sessions.map(({ id }) => id).toSorted();

  describe('keeps sessions with tokens', () => {
    it('and gives one back as it was', async () => {
      const session = await begun({
        kind: 'tokens',
        device: 'Zoë’s phone 🏦',
        startedFrom: '203.0.113.0/24',
      });
      expect(session.secretHash).toBeNull();
      expect(await stores.sessions.find(session.id)).toEqual(session);
    });

    it('and none that has a key besides, nor one without a key that has no tokens', async () => {
      for (const given of [
        { kind: 'tokens', secretHash: 'hash' },
        { kind: 'opaque', secretHash: null },
        { kind: 'cookies', secretHash: null },
      ] as const)
        await expect(begun(given as Partial<SessionRecord>)).rejects.toMatchObject({
          driverError: { code: '23514' },
        });
    });

    it('and lists them while their refresh tokens can be redeemed, whenever they were used last', async () => {
      const live = { now: after(100), usedSince: after(50) };
      const kept = await begunWithTokens(after(100.001), { lastUsedAt: after(0) });
      await begunWithTokens(after(100), { lastUsedAt: after(99) });
      await begunWithTokens(after(200), { expiresAt: after(100) });
      await begun({ kind: 'tokens', lastUsedAt: after(99), expiresAt: after(100) });
      expect(await stores.sessions.listOf(userId, live)).toEqual([kept]);
      expect(await stores.sessions.removeOver(live)).toBe(3);
      expect(await left()).toEqual([kept.id]);
      expect(await familiesLeft()).toBe(1);
    });

    it('and until they end where they have no refresh tokens', async () => {
      const live = { now: after(100), usedSince: after(50) };
      const kept = await begun({ kind: 'tokens', lastUsedAt: after(0), expiresAt: after(100.001) });
      expect(await stores.sessions.listOf(userId, live)).toEqual([kept]);
      expect(await stores.sessions.removeOver(live)).toBe(0);
    });

    it('whose refresh tokens go with them', async () => {
      const [one, other] = [await begunWithTokens(after(200)), await begunWithTokens(after(200))];
      expect(await stores.sessions.remove(one.id)).toEqual(one);
      expect(await familiesLeft()).toBe(1);
      expect(await stores.sessions.removeAllOf(userId)).toEqual([other.id]);
      expect(await familiesLeft()).toBe(0);
    });
  });

  it('removes those of a user that were begun before a moment', async () => {
    const early = await begun({ createdAt: after(9.999) });
    const late = await begun({ createdAt: after(10) });
    expect(await stores.sessions.removeAllOf(userId, after(10))).toEqual([early.id]);
    expect(await left()).toEqual([late.id]);
  });

  describe('removing what was begun before a moment', () => {
    it('of a user, of an app, of both, or of everybody', async () => {
      const [otherApp, otherUser] = [anApp(), aUser()];
      await stores.apps.insert(otherApp);
      await begun({ createdAt: after(1) });
      const elsewhere = await begun({ createdAt: after(1), appId: otherApp.id });
      const theirs = await begun({ createdAt: after(1), userId: otherUser.id });
      const late = await begun({ createdAt: after(2) });
      const { sessions } = stores;
      expect(await sessions.removeBegunBefore({ userId, appId, before: after(2) })).toBe(1);
      expect(await left()).toEqual(idsOf([elsewhere, theirs, late]));
      expect(await sessions.removeBegunBefore({ userId, before: after(2) })).toBe(1);
      expect(await left()).toEqual(idsOf([theirs, late]));
      expect(await sessions.removeBegunBefore({ appId, before: after(2) })).toBe(1);
      expect(await left()).toEqual([late.id]);
      expect(await sessions.removeBegunBefore({ before: after(2) })).toBe(0);
      expect(await sessions.removeBegunBefore({ before: after(2.001) })).toBe(1);
      expect(await left()).toEqual([]);
    });

    it('of nobody, when the id can be nobody’s', async () => {
      const session = await begun();
      for (const nobody of ['', 'nul\0', 'x'.repeat(257)]) {
        expect(await stores.sessions.removeBegunBefore({ userId: nobody, before: after(9) })).toBe(0);
        expect(await stores.sessions.removeBegunBefore({ appId: nobody, before: after(9) })).toBe(0);
      }
      expect(await left()).toEqual([session.id]);
    });

    it('a thousand at once, and the rest when it is asked again', async () => {
      await database.dataSource.query(
        `INSERT INTO portcullis_sessions (id, secret_hash, user_id, app_id, scopes, created_at, last_used_at, expires_at)
         SELECT 'many-' || at, 'hash', $1, $2, '{}', $3::timestamptz, $3::timestamptz, $3::timestamptz
         FROM generate_series(1, 1001) AS at`,
        [userId, appId, after(0)],
      );
      expect(await stores.sessions.removeBegunBefore({ appId, before: after(1) })).toBe(1_000);
      expect(await stores.sessions.removeBegunBefore({ appId, before: after(1) })).toBe(1);
    });
  });

  describe('removing what a revocation covers', () => {
    const record = (changes: readonly Partial<Change>[]) =>
      stores.changes.append(
        changes.map(
          (change) => ({ kind: 'revoked-user', id: userId, expiresAt: after(1000), ...change }) as Change,
        ),
        after(0),
      );

    it('takes the latest moment for a user, an app and everybody, and nothing that was begun then', async () => {
      const other = aUser();
      await begun({ createdAt: after(9) });
      const late = await begun({ createdAt: after(10) });
      const theirs = await begun({ createdAt: after(5), userId: other.id });
      await record([{ before: after(10) }, { before: after(3) }]);
      expect(await stores.sessions.removeRevoked()).toBe(1);
      expect(await left()).toEqual(idsOf([late, theirs]));
      await record([{ kind: 'revoked-app', id: appId, before: after(6) }]);
      expect(await stores.sessions.removeRevoked()).toBe(1);
      expect(await left()).toEqual([late.id]);
      await record([{ kind: 'revoked-all', id: '*', before: after(11) }]);
      expect(await stores.sessions.removeRevoked()).toBe(1);
      expect(await left()).toEqual([]);
    });

    it('takes one that has expired as well, and says whether anything is left of it', async () => {
      const other = aUser();
      await begun({ createdAt: after(9) });
      const late = await begun({ createdAt: after(10) });
      const theirs = await begun({ createdAt: after(5), userId: other.id });
      await record([
        { before: after(10), expiresAt: after(20) },
        { id: other.id, before: after(10), expiresAt: after(30) },
      ]);
      expect(await stores.sessions.hasRevoked(after(20))).toBe(false);
      expect(await stores.sessions.hasRevoked(after(20.001))).toBe(true);
      expect(await stores.sessions.removeRevoked()).toBe(2);
      expect(await left()).toEqual([late.id]);
      expect(await stores.sessions.hasRevoked(after(40))).toBe(false);
      await begun({ id: theirs.id, createdAt: after(11), userId: other.id });
      for (const [kind, id] of [
        ['revoked-app', appId],
        ['revoked-all', '*'],
      ] as const) {
        await record([{ kind, id, before: after(10.001), expiresAt: after(20) }]);
        expect(await stores.sessions.hasRevoked(after(20.001))).toBe(true);
        expect(await stores.sessions.removeRevoked()).toBe(1);
        expect(await stores.sessions.hasRevoked(after(20.001))).toBe(false);
        await begun({ createdAt: after(10) });
      }
    });

    it('takes no other change for a revocation', async () => {
      const session = await begun({ createdAt: after(1) });
      await record([
        { kind: 'user', before: after(10) },
        { kind: 'revoked-app', id: userId, before: after(10) },
        { kind: 'revoked-user', id: appId, before: after(10) },
        { kind: 'revoked-token', id: session.id },
      ]);
      expect(await stores.sessions.removeRevoked()).toBe(0);
      expect(await stores.sessions.hasRevoked(after(2000))).toBe(false);
      expect(await left()).toEqual([session.id]);
    });
  });

  // The embedded database has one connection: nobody waits for a row there.
  if (kind !== 'server') return;

  it('leaves what another transaction is using, and waits for nobody', async () => {
    const node = typeOrmStores(await database.another());
    const [used, idle] = [await begun({ createdAt: after(1) }), await begun({ createdAt: after(1) })];
    await stores.changes.append(
      [{ kind: 'revoked-user', id: userId, before: after(2), expiresAt: after(1000) }],
      after(0),
    );
    await stores.transactions.run(async () => {
      await stores.sessions.touch(new Map([[used.id, after(2)]]));
      await node.transactions.run(async () => {
        await node.transactions.rows(`SET LOCAL lock_timeout = '2s'`);
        expect(await node.sessions.removeRevoked()).toBe(1);
        expect(await node.sessions.removeBegunBefore({ before: after(3) })).toBe(0);
        expect(await node.sessions.removeOver({ now: after(4000), usedSince: after(4000) })).toBe(0);
      });
    });
    expect(await stores.sessions.find(idle.id)).toBeUndefined();
    expect((await stores.sessions.find(used.id))?.lastUsedAt).toEqual(after(2));
    expect(await node.sessions.removeRevoked()).toBe(1);
    expect(await left()).toEqual([]);
  });
});
