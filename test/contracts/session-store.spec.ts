import { randomUUID } from 'node:crypto';
import { PORTCULLIS_MIGRATIONS, typeOrmStores, type TypeOrmStores } from '@portcullis/nest/typeorm';
import type { SessionRecord } from '../../libs/nest/src/authorities/sessions/index.js';
import { describeOnEachDatabase, type OpenedDatabase } from '../support/databases.js';
import { after, anApp, aSession, aUser } from '../support/registry-records.js';

const IMPOSSIBLE_IDS = ['', 'nul\0', 'café', 'line\nbreak', 'x'.repeat(129)];

describeOnEachDatabase('the session store', (open, kind) => {
  let database: OpenedDatabase;
  let stores: TypeOrmStores;
  let appId: string;
  let userId: string;

  beforeAll(async () => {
    database = await open({ migrations: PORTCULLIS_MIGRATIONS });
    stores = typeOrmStores(database.dataSource);
    const app = anApp();
    await stores.apps.insert(app);
    appId = app.id;
  });
  afterAll(() => database.close());
  beforeEach(async () => {
    userId = await newUser();
  });

  async function newUser(): Promise<string> {
    const user = aUser();
    await stores.users.insert(user);
    return user.id;
  }

  async function begun(given: Partial<SessionRecord> = {}): Promise<SessionRecord> {
    const session = aSession({ userId, appId, ...given });
    await stores.sessions.insert(session);
    return session;
  }

  const lastUseOf = async (id: string) => (await stores.sessions.find(id))?.lastUsedAt;

  describe('beginning', () => {
    it('gives a session back as it was', async () => {
      const session = await begun({
        scopes: ['NULL', 'a"b', ''],
        createdAt: after(0.001),
        lastUsedAt: after(0.002),
        expiresAt: after(0.003),
      });
      expect(await stores.sessions.find(session.id)).toEqual(session);
    });

    it('writes nothing when there is no such app', async () => {
      for (const given of [{ appId: anApp().id }, { appId: appId.toUpperCase() }]) {
        const session = aSession({ userId, ...given });
        expect(await stores.sessions.insert(session)).toBe(false);
        expect(await stores.sessions.find(session.id)).toBeUndefined();
      }
    });

    it('takes users by whatever ids the host has for them', async () => {
      for (const id of ['4711', 'ålice', randomUUID().toUpperCase(), 'x'.repeat(256)]) {
        const session = await begun({ userId: id });
        expect(await stores.sessions.find(session.id)).toEqual(session);
        expect(await stores.sessions.removeAllOf(id)).toEqual([session.id]);
      }
    });

    it('throws for what can be no id of a user', async () => {
      for (const nobody of ['', 'nul\0', 'half \ud800', 'x'.repeat(257)])
        await expect(begun({ userId: nobody })).rejects.toBeInstanceOf(TypeError);
    });

    it('throws for an id that another session has', async () => {
      const session = await begun();
      await expect(begun({ id: session.id, secretHash: 'other' })).rejects.toThrow();
      expect(await stores.sessions.find(session.id)).toEqual(session);
    });

    it.each(IMPOSSIBLE_IDS)('throws for %j, which can be no id', async (id) => {
      await expect(begun({ id })).rejects.toThrow();
    });
  });

  it('tells ids apart byte by byte', async () => {
    const lower = await begun({ id: `${randomUUID()}-a` });
    const upper = await begun({ id: `${lower.id.slice(0, -1)}A` });
    expect(await stores.sessions.find(lower.id)).toEqual(lower);
    expect(await stores.sessions.find(upper.id)).toEqual(upper);
    expect(await stores.sessions.find(`${lower.id} `)).toBeUndefined();
  });

  it.each(IMPOSSIBLE_IDS)('knows no session %j, not even inside a transaction', async (id) => {
    const { sessions, transactions } = stores;
    const { id: real } = await begun();
    await transactions.run(async () => {
      expect(await sessions.find(id)).toBeUndefined();
      expect(await sessions.remove(id)).toBeUndefined();
      await sessions.touch(new Map([[id, after(9)]]));
      await sessions.touch(
        new Map([
          [id, after(9)],
          [real, after(9)],
        ]),
      );
    });
    expect(await lastUseOf(real)).toEqual(after(9));
  });

  describe('listing', () => {
    it('shows a user’s own live sessions, newest first', async () => {
      const old = await begun({ createdAt: after(1) });
      const young = await begun({ createdAt: after(3) });
      const middle = await begun({ createdAt: after(2) });
      await begun({ userId: await newUser() });
      expect(await stores.sessions.listOf(userId, { now: after(4), usedSince: after(0) })).toEqual([
        young,
        middle,
        old,
      ]);
    });

    it('leaves out what has ended by then and what was not used since', async () => {
      const live = { now: after(100), usedSince: after(50) };
      const kept = await begun({ lastUsedAt: after(50), expiresAt: after(100.001) });
      await begun({ lastUsedAt: after(50), expiresAt: after(100) });
      await begun({ lastUsedAt: after(49.999), expiresAt: after(100.001) });
      expect(await stores.sessions.listOf(userId, live)).toEqual([kept]);
    });

    it('shows nothing for text that is nobody’s id', async () => {
      for (const nobody of ['alice', 'nul\0', '']) {
        expect(await stores.sessions.listOf(nobody, { now: after(0), usedSince: after(0) })).toEqual([]);
      }
    });
  });

  describe('removing', () => {
    it('answers with the session as it was, once', async () => {
      const session = await begun();
      const answers = await Promise.all([1, 2, 3].map(() => stores.sessions.remove(session.id)));
      expect(answers.filter(Boolean)).toEqual([session]);
      expect(await stores.sessions.find(session.id)).toBeUndefined();
    });

    it('refuses another user’s', async () => {
      const session = await begun();
      for (const other of [await newUser(), randomUUID(), 'alice', '', 'nul\0', userId.toUpperCase()]) {
        expect(await stores.sessions.remove(session.id, { userId: other })).toBeUndefined();
      }
      expect(await stores.sessions.find(session.id)).toEqual(session);
      expect(await stores.sessions.remove(session.id, { userId })).toEqual(session);
    });

    it('refuses that of another app', async () => {
      const session = await begun();
      for (const other of ['another', '', 'nul\0'])
        expect(await stores.sessions.remove(session.id, { userId, appId: other })).toBeUndefined();
      const { appId } = session;
      expect(await stores.sessions.remove(session.id, { userId, appId })).toEqual(session);
    });

    it('names all of a user’s, and leaves those of others', async () => {
      const sessions = [await begun(), await begun({ expiresAt: after(-1) }), await begun()];
      const other = await begun({ userId: await newUser() });
      expect((await stores.sessions.removeAllOf(userId)).toSorted()).toEqual(
        sessions.map(({ id }) => id).toSorted(),
      );
      for (const { id } of sessions) expect(await stores.sessions.find(id)).toBeUndefined();
      expect(await stores.sessions.find(other.id)).toEqual(other);
      expect(await stores.sessions.removeAllOf(userId)).toEqual([]);
      expect(await stores.sessions.removeAllOf('alice')).toEqual([]);
    });
  });

  describe('removing what is over', () => {
    const live = { now: after(-100), usedSince: after(-200) };

    it('leaves what is live, and what was live is kept to the moment', async () => {
      const kept = [await begun({ expiresAt: after(-99.999), lastUsedAt: after(-200) }), await begun()];
      const ended = await begun({ expiresAt: after(-100) });
      const idle = await begun({ lastUsedAt: after(-200.001) });
      expect(await stores.sessions.removeOver(live)).toBeGreaterThanOrEqual(2);
      for (const session of kept) expect(await stores.sessions.find(session.id)).toEqual(session);
      for (const { id } of [ended, idle]) expect(await stores.sessions.find(id)).toBeUndefined();
      expect(await stores.sessions.removeOver(live)).toBe(0);
    });

    it('removes a thousand at once, and the rest when it is asked again', async () => {
      await database.dataSource.query(
        `INSERT INTO portcullis_sessions
           (id, secret_hash, user_id, app_id, scopes, created_at, last_used_at, expires_at)
         SELECT 'over-' || at, 'hash', $1, $2, '{}', $3::timestamptz, $3::timestamptz, $3::timestamptz
         FROM generate_series(1, 1001) AS at`,
        [userId, appId, after(-300)],
      );
      expect(await stores.sessions.removeOver(live)).toBe(1_000);
      expect(await stores.sessions.removeOver(live)).toBe(1);
    });
  });

  describe('noting last uses', () => {
    it('moves many forward and none back', async () => {
      const [forward, back, untouched] = [
        await begun(),
        await begun({ lastUsedAt: after(50) }),
        await begun(),
      ];
      await stores.sessions.touch(
        new Map([
          [forward.id, after(20)],
          [back.id, after(20)],
        ]),
      );
      expect(await stores.sessions.find(forward.id)).toEqual({ ...forward, lastUsedAt: after(20) });
      expect(await stores.sessions.find(back.id)).toEqual(back);
      expect(await stores.sessions.find(untouched.id)).toEqual(untouched);
    });

    it('does not bring back one that is gone', async () => {
      const [gone, kept] = [await begun(), await begun()];
      await stores.sessions.remove(gone.id);
      await stores.sessions.touch(
        new Map([
          [gone.id, after(20)],
          [kept.id, after(20)],
        ]),
      );
      expect(await stores.sessions.find(gone.id)).toBeUndefined();
      expect(await lastUseOf(kept.id)).toEqual(after(20));
    });

    it('does nothing for none', async () => {
      await expect(stores.sessions.touch(new Map())).resolves.toBeUndefined();
    });

    it('holds when nodes note the same sessions in another order', async () => {
      const ids: string[] = [];
      for (let at = 0; at < 40; at += 1) ids.push((await begun()).id);
      const node = typeOrmStores(await database.another());
      for (let round = 1; round <= 5; round += 1) {
        const uses = ids.map((id): [string, Date] => [id, after(round)]);
        await Promise.all([
          stores.sessions.touch(new Map(uses)),
          node.sessions.touch(new Map(uses.toReversed())),
          stores.sessions.touch(new Map(uses.map(([id]) => [id, after(round - 0.5)]))),
        ]);
      }
      for (const id of ids) expect(await lastUseOf(id)).toEqual(after(5));
    });

    // The embedded database has one connection: nobody waits for a row there.
    if (kind !== 'server') return;

    it('does not move one back that another node is just moving forward', async () => {
      const { id } = await begun();
      const node = typeOrmStores(await database.another());
      let earlier: Promise<void> | undefined;
      await stores.transactions.run(async () => {
        await stores.sessions.touch(new Map([[id, after(20)]]));
        earlier = node.sessions.touch(new Map([[id, after(10)]]));
        await new Promise((resolve) => setTimeout(resolve, 100));
      });
      await earlier;
      expect(await lastUseOf(id)).toEqual(after(20));
    });

    it('does not let two nodes wait for each other', async () => {
      const prefix = randomUUID();
      const [high, low] = [(await begun({ id: `${prefix}-2` })).id, (await begun({ id: `${prefix}-1` })).id];
      const node = typeOrmStores(await database.another());
      let both: Promise<void> | undefined;
      await stores.transactions.run(async () => {
        await stores.sessions.touch(new Map([[low, after(10)]]));
        both = node.sessions.touch(
          new Map([
            [high, after(20)],
            [low, after(20)],
          ]),
        );
        await new Promise((resolve) => setTimeout(resolve, 100));
        await stores.sessions.touch(new Map([[high, after(10)]]));
      });
      await both;
      for (const id of [high, low]) expect(await lastUseOf(id)).toEqual(after(20));
    });
  });
});
