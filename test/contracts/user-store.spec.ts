import { randomUUID } from 'node:crypto';
import { PORTCULLIS_MIGRATIONS, typeOrmStores, type TypeOrmStores } from '@portcullis/nest/typeorm';
import type { UserRecord } from '../../libs/nest/src/authorities/users/index.js';
import { describeOnEachDatabase, type OpenedDatabase } from '../support/databases.js';
import { anApp, aSession, aUser } from '../support/registry-records.js';

const NO_UUIDS = [
  '',
  'alice',
  'nul\0',
  `${randomUUID()} `,
  `{${randomUUID()}}`,
  randomUUID().replaceAll('-', ''),
];

describeOnEachDatabase('the user store', (open, kind) => {
  let database: OpenedDatabase;
  let stores: TypeOrmStores;

  beforeAll(async () => {
    database = await open({ migrations: PORTCULLIS_MIGRATIONS });
    stores = typeOrmStores(database.dataSource);
  });
  afterAll(() => database.close());

  async function registered(given: Partial<UserRecord> = {}): Promise<UserRecord> {
    const user = aUser(given);
    expect(await stores.users.insert(user)).toBe(true);
    return user;
  }

  async function registeredApp(): Promise<string> {
    const app = anApp();
    await stores.apps.insert(app);
    return app.id;
  }

  describe('registering', () => {
    it('gives a user back as they were', async () => {
      const user = await registered({
        username: 'Zoe\u0301.\u212a"\\\u{1F510}',
        usernameKey: 'zoé.k"\\\u{1F510}',
        scopes: ['NULL', 'a"b', ''],
        suspended: true,
      });
      expect(await stores.users.find(user.id)).toEqual({ user, scopesByApp: new Map() });
      expect(await stores.users.findByUsernameKey(user.usernameKey)).toEqual(user);
    });

    it('refuses a username that is taken by its key, and changes nothing', async () => {
      const user = await registered();
      const other = aUser({ usernameKey: user.usernameKey, username: user.username.toUpperCase() });
      expect(await stores.users.insert(other)).toBe(false);
      expect(await stores.users.find(other.id)).toBeUndefined();
      expect(await stores.users.findByUsernameKey(user.usernameKey)).toEqual(user);
    });

    it('gives one username to one of many who ask at the same moment', async () => {
      const { usernameKey } = aUser();
      const users = Array.from({ length: 8 }, () => aUser({ usernameKey }));
      const answers = await Promise.all(users.map((user) => stores.users.insert(user)));
      expect(answers.filter(Boolean)).toHaveLength(1);
      expect(await stores.users.findByUsernameKey(usernameKey)).toEqual(users[answers.indexOf(true)]);
    });

    it('throws for an id that another user has, rather than say that the username is taken', async () => {
      const { id } = await registered();
      await expect(stores.users.insert(aUser({ id }))).rejects.toMatchObject({
        driverError: { code: '23505' },
      });
    });

    it.each(NO_UUIDS)('throws for the id %j, which is no UUID', async (id) => {
      await expect(stores.users.insert(aUser({ id }))).rejects.toBeInstanceOf(TypeError);
    });
  });

  it('compares usernames byte by byte, by the key alone', async () => {
    const composed = await registered({ usernameKey: `${aUser().usernameKey}é` });
    const key = composed.usernameKey;
    expect((await stores.users.findByUsernameKey(key))?.id).toBe(composed.id);
    for (const other of [key.normalize('NFD'), key.toUpperCase(), `${key} `, `${key}\0`, composed.username]) {
      expect(await stores.users.findByUsernameKey(other)).toBeUndefined();
    }
  });

  it('does not take half a character for the one that stands for what cannot be read', async () => {
    const { usernameKey } = await registered({ usernameKey: `${aUser().usernameKey}\ufffd` });
    expect(await stores.users.findByUsernameKey(usernameKey.replace('\ufffd', '\ud800'))).toBeUndefined();
  });

  it.each(NO_UUIDS)('knows no user %j, not even inside a transaction', async (id) => {
    const { users, transactions } = stores;
    const appId = await registeredApp();
    await transactions.run(async () => {
      expect(await users.find(id)).toBeUndefined();
      expect(await users.update(id, { suspended: true })).toBeUndefined();
      expect(await users.remove(id)).toBe(false);
      expect(await users.setAppScopes(id, appId, [])).toBe(false);
      expect(await users.clearAppScopes(id, appId)).toBe(false);
    });
  });

  it('knows a user under one spelling of the id', async () => {
    const { id } = await registered({ id: 'abcdefab-cdef-4abc-8def-abcdefabcdef' });
    expect(await stores.users.find(id)).toBeDefined();
    expect(await stores.users.find(id.toUpperCase())).toBeUndefined();
  });

  it('lists users by username', async () => {
    const { username: prefix } = aUser();
    for (const end of ['b', 'B', 'é', 'a', '_']) await registered({ username: `${prefix}${end}` });
    const listed = (await stores.users.list()).filter(({ username }) => username.startsWith(prefix));
    expect(listed.map(({ username }) => username.slice(prefix.length))).toEqual(['B', '_', 'a', 'b', 'é']);
    expect(Object.keys(listed[0] ?? {}).toSorted()).toEqual(Object.keys(aUser()).toSorted());
  });

  describe('changing', () => {
    it('writes what is given and leaves the rest', async () => {
      const user = await registered();
      const changes = { passwordHash: '$argon2id$other', scopes: [], suspended: true };
      expect(await stores.users.update(user.id, { scopes: [] })).toEqual({ ...user, scopes: [] });
      expect(await stores.users.update(user.id, changes)).toEqual({ ...user, ...changes });
      expect((await stores.users.find(user.id))?.user).toEqual({ ...user, ...changes });
    });

    it('answers with the user when nothing is given', async () => {
      const user = await registered();
      expect(await stores.users.update(user.id, {})).toEqual(user);
    });

    it('knows nobody to change', async () => {
      expect(await stores.users.update(randomUUID(), { suspended: true })).toBeUndefined();
    });
  });

  it('removes a user with their sessions and limits, and nobody else’s', async () => {
    const { users, sessions } = stores;
    const [gone, kept] = [await registered(), await registered()];
    const appId = await registeredApp();
    const [ended, going] = [gone, kept].map(({ id: userId }) => aSession({ userId, appId })) as [
      ReturnType<typeof aSession>,
      ReturnType<typeof aSession>,
    ];
    for (const session of [ended, going]) {
      await sessions.insert(session);
      await users.setAppScopes(session.userId, appId, ['accounts:read']);
    }

    expect(await users.remove(gone.id)).toBe(true);
    expect(await users.remove(gone.id)).toBe(false);
    expect(await users.find(gone.id)).toBeUndefined();
    expect(await sessions.find(ended.id)).toBeUndefined();
    expect(await sessions.find(going.id)).toEqual(going);
    expect((await users.find(kept.id))?.scopesByApp.size).toBe(1);
    await users.insert(gone);
    expect((await users.find(gone.id))?.scopesByApp.size).toBe(0);
  });

  describe('what a user may do through an app', () => {
    it('is found with the user, by app, and can be nothing', async () => {
      const { id } = await registered();
      const [one, two] = [await registeredApp(), await registeredApp()];
      expect(await stores.users.setAppScopes(id, one, ['a', 'NULL', 'b,c'])).toBe(true);
      expect(await stores.users.setAppScopes(id, two, [])).toBe(true);
      expect((await stores.users.find(id))?.scopesByApp).toEqual(
        new Map([
          [one, ['a', 'NULL', 'b,c']],
          [two, []],
        ]),
      );
    });

    it('is replaced, also by many at the same moment', async () => {
      const { id } = await registered();
      const appId = await registeredApp();
      await stores.users.setAppScopes(id, appId, ['first']);
      const answers = await Promise.all(
        Array.from({ length: 6 }, (_, at) => stores.users.setAppScopes(id, appId, [`${at}`, 'x'])),
      );
      expect(answers).toEqual(answers.map(() => true));
      expect((await stores.users.find(id))?.scopesByApp.get(appId)).toEqual([
        expect.stringMatching(/^\d$/),
        'x',
      ]);
    });

    it('cannot be set without the user or without the app, and says so without spoiling a transaction', async () => {
      const { id } = await registered();
      const appId = await registeredApp();
      await stores.transactions.run(async () => {
        expect(await stores.users.setAppScopes(randomUUID(), appId, ['x'])).toBe(false);
        expect(await stores.users.setAppScopes(id, anApp().id, ['x'])).toBe(false);
        expect(await stores.users.setAppScopes(id, 'nul\0', ['x'])).toBe(false);
        expect(await stores.users.setAppScopes(id, appId.toUpperCase(), ['x'])).toBe(false);
      });
      expect((await stores.users.find(id))?.scopesByApp.size).toBe(0);
    });

    if (kind === 'server')
      it('is not set through an app that is being removed at that moment', async () => {
        const { id } = await registered();
        const appId = await registeredApp();
        const node = typeOrmStores(await database.another());
        let setting: Promise<boolean> | undefined;
        await stores.transactions.run(async () => {
          await stores.apps.remove(appId);
          setting = node.users.setAppScopes(id, appId, ['x']);
          await new Promise((resolve) => setTimeout(resolve, 100));
        });
        expect(await setting).toBe(false);
      });

    it('is taken away once', async () => {
      const { id } = await registered();
      const appId = await registeredApp();
      await stores.users.setAppScopes(id, appId, ['x']);
      expect(await stores.users.clearAppScopes(id, anApp().id)).toBe(false);
      expect(await stores.users.clearAppScopes(randomUUID(), appId)).toBe(false);
      expect(await stores.users.clearAppScopes(id, 'nul\0')).toBe(false);
      expect(await stores.users.clearAppScopes(id, appId)).toBe(true);
      expect(await stores.users.clearAppScopes(id, appId)).toBe(false);
      expect((await stores.users.find(id))?.scopesByApp.size).toBe(0);
    });
  });
});
