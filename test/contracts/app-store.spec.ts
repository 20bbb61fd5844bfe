import { PORTCULLIS_MIGRATIONS, typeOrmStores, type TypeOrmStores } from '@portcullis/nest/typeorm';
import type { AppRecord } from '../../libs/nest/src/authorities/apps/index.js';
import { describeOnEachDatabase, type OpenedDatabase } from '../support/databases.js';
import { after, anApp, aSecret, aSession, aUser } from '../support/registry-records.js';

const IMPOSSIBLE_IDS = ['', 'nul\0', 'café', 'line\nbreak', 'x'.repeat(129), 'tab\t'];

describeOnEachDatabase('the app store', (open, kind) => {
  let database: OpenedDatabase;
  let stores: TypeOrmStores;

  beforeAll(async () => {
    database = await open({ migrations: PORTCULLIS_MIGRATIONS });
    stores = typeOrmStores(database.dataSource);
  });
  afterAll(() => database.close());

  async function registered(given: Partial<AppRecord> = {}): Promise<AppRecord> {
    const app = anApp(given);
    expect(await stores.apps.insert(app)).toBe(true);
    return app;
  }

  /** What the database does while the work runs, by statement. */
  async function statementsOf(work: () => Promise<unknown>): Promise<number> {
    const runner = database.dataSource.createQueryRunner();
    const query = jest.spyOn(Object.getPrototypeOf(runner) as { query(): Promise<unknown> }, 'query');
    await runner.release();
    try {
      await work();
      return query.mock.calls.length;
    } finally {
      query.mockRestore();
    }
  }

  describe('registering', () => {
    it('gives an app back as it was', async () => {
      const app = await registered({
        name: 'Zoë’s "app", {a\\b} e\u0301 \u{1F510} NULL',
        tier: 'gold',
        scopes: ['NULL', 'a"b', 'c\\d', 'e,f', '{}', ''],
        grantTypes: [],
        clientType: 'public',
        sessionKind: 'tokens',
        refreshRotation: false,
        clientKeys: [{ kty: 'EC', crv: 'P-256', x: 'x', y: 'y', kid: '"1"' }],
        plainPkce: true,
        dpopBoundAccessTokens: true,
        requirePushedRequests: true,
        corsOrigins: ['https://app.example'],
        suspended: true,
      });
      expect(await stores.apps.find(app.id)).toEqual({ app, secrets: [] });
    });

    it('refuses an id that is taken, and changes nothing', async () => {
      const app = await registered();
      expect(await stores.apps.insert({ ...app, name: 'Impostor' })).toBe(false);
      expect((await stores.apps.find(app.id))?.app.name).toBe(app.name);
    });

    it('gives one id to one of many who ask at the same moment', async () => {
      const app = anApp();
      const answers = await Promise.all(
        Array.from({ length: 8 }, (_, at) => stores.apps.insert({ ...app, name: `${at}` })),
      );
      expect(answers.filter(Boolean)).toHaveLength(1);
      expect((await stores.apps.find(app.id))?.app.name).toBe(`${answers.indexOf(true)}`);
    });

    it('does not spoil a transaction in which the id turns out to be taken', async () => {
      const taken = await registered();
      const other = anApp();
      await stores.transactions.run(async () => {
        expect(await stores.apps.insert(taken)).toBe(false);
        expect(await stores.apps.insert(other)).toBe(true);
      });
      expect(await stores.apps.find(other.id)).toBeDefined();
    });

    it('tells ids apart byte by byte', async () => {
      const lower = await registered({ id: `${anApp().id}-a`, name: 'lower' });
      const upper = await registered({ id: `${lower.id.slice(0, -1)}A`, name: 'upper' });
      expect((await stores.apps.find(lower.id))?.app.name).toBe('lower');
      expect((await stores.apps.find(upper.id))?.app.name).toBe('upper');
      expect(await stores.apps.find(`${lower.id} `)).toBeUndefined();
    });

    it('takes the longest id, and every printable character in one', async () => {
      const printable = String.fromCharCode(...Array.from({ length: 95 }, (_, at) => at + 0x20));
      for (const id of [printable, 'y'.repeat(128)]) {
        await registered({ id });
        expect((await stores.apps.find(id))?.app.id).toBe(id);
      }
    });

    it.each(IMPOSSIBLE_IDS)('throws for %j, which can be no id', async (id) => {
      await expect(stores.apps.insert(anApp({ id }))).rejects.toThrow();
    });
  });

  it.each(IMPOSSIBLE_IDS)('knows no app %j, without asking', async (id) => {
    const { apps } = stores;
    const asked = await statementsOf(async () => {
      expect(await apps.find(id)).toBeUndefined();
      expect(await apps.update(id, { name: 'x' })).toBeUndefined();
      expect(await apps.remove(id)).toBe(false);
      expect(await apps.rotateSecret(aSecret({ appId: id }), after(0))).toBe(false);
      expect(await apps.removeSecret({ appId: id, id: 'x', purpose: 'client' })).toBe(false);
    });
    expect(asked).toBe(0);
  });

  it('reads an app with its secrets in one statement', async () => {
    const { id: appId } = await registered();
    await stores.apps.rotateSecret(aSecret({ appId }), after(0));
    await stores.apps.rotateSecret(aSecret({ appId, purpose: 'client' }), after(0));
    expect(await statementsOf(() => stores.apps.find(appId))).toBe(1);
  });

  it('lists apps by id, without secrets', async () => {
    const prefix = anApp().id;
    for (const end of ['b', 'B', '~', 'a', ' ', '_']) {
      const { id: appId } = await registered({ id: `${prefix}${end}` });
      await stores.apps.rotateSecret(aSecret({ appId }), after(0));
    }
    const listed = (await stores.apps.list()).filter(({ id }) => id.startsWith(prefix));
    expect(listed.map(({ id }) => id.slice(prefix.length))).toEqual([' ', 'B', '_', 'a', 'b', '~']);
    expect(Object.keys(listed[0] ?? {}).toSorted()).toEqual(Object.keys(anApp()).toSorted());
  });

  describe('changing', () => {
    it('writes what is given and leaves the rest', async () => {
      const app = await registered({ tier: 'gold' });
      const changes = {
        name: 'Renamed',
        scopes: [],
        tier: null,
        suspended: true,
        redirectUris: ['app:/'],
        sessionKind: 'tokens',
        refreshRotation: false,
        clientKeys: [{ kty: 'EC', crv: 'P-256', x: 'x', y: 'y' }],
        plainPkce: true,
        dpopBoundAccessTokens: true,
        requirePushedRequests: true,
        corsOrigins: ['https://app.example'],
      } as const;
      expect(await stores.apps.update(app.id, changes)).toEqual({ ...app, ...changes });
      expect((await stores.apps.find(app.id))?.app).toEqual({ ...app, ...changes });
    });

    it('answers with the app when nothing is given', async () => {
      const app = await registered();
      expect(await stores.apps.update(app.id, {})).toEqual(app);
      expect(await stores.apps.update(app.id, { name: undefined } as never)).toEqual(app);
    });

    it('does not write what cannot be changed', async () => {
      const app = await registered();
      const forbidden = { id: 'other', clientType: 'public', createdAt: after(9), 'name = name': 'x' };
      expect(await stores.apps.update(app.id, forbidden as never)).toEqual(app);
    });

    it('knows nobody to change', async () => {
      expect(await stores.apps.update(anApp().id, { name: 'x' })).toBeUndefined();
    });
  });

  describe('removing', () => {
    it('takes secrets, sessions and what users may do through it along, and nothing of others', async () => {
      const { apps, users, sessions } = stores;
      const [gone, kept] = [await registered(), await registered()];
      const user = aUser();
      await users.insert(user);
      const sessionIn = new Map<string, string>();
      for (const { id: appId } of [gone, kept]) {
        await apps.rotateSecret(aSecret({ appId }), after(0));
        await users.setAppScopes(user.id, appId, ['accounts:read']);
        const session = aSession({ userId: user.id, appId });
        await sessions.insert(session);
        sessionIn.set(appId, session.id);
      }

      expect(await apps.remove(gone.id)).toBe(true);
      expect(await apps.remove(gone.id)).toBe(false);
      expect(await apps.find(gone.id)).toBeUndefined();
      expect(await sessions.find(sessionIn.get(gone.id) ?? '')).toBeUndefined();
      expect(await sessions.find(sessionIn.get(kept.id) ?? '')).toBeDefined();
      expect([...((await users.find(user.id))?.scopesByApp.keys() ?? [])]).toEqual([kept.id]);

      await apps.insert(gone);
      expect((await apps.find(gone.id))?.secrets).toEqual([]);
      expect((await apps.find(kept.id))?.secrets).toHaveLength(1);
    });
  });

  describe('rotating a secret', () => {
    it('gives secrets of every purpose back as they were, the newest first, expired ones included', async () => {
      const { id: appId } = await registered();
      const first = aSecret({ appId, sealed: Buffer.from([0, 1, 0x5c, 0x27, 0xff]) });
      const client = aSecret({ appId, purpose: 'client' });
      const second = aSecret({ appId, createdAt: after(5), expiresAt: after(500) });
      for (const secret of [first, client, second]) {
        expect(await stores.apps.rotateSecret(secret, after(-60))).toBe(true);
      }
      expect((await stores.apps.find(appId))?.secrets).toEqual([
        second,
        client,
        { ...first, expiresAt: after(-60) },
      ]);
    });

    it('has the one that was added last as the newest, whatever the clocks said', async () => {
      const { id: appId } = await registered();
      const [early, late] = [
        aSecret({ appId, createdAt: after(9) }),
        aSecret({ appId, createdAt: after(1) }),
      ];
      await stores.apps.rotateSecret(early, after(60));
      await stores.apps.rotateSecret(late, after(60));
      expect((await stores.apps.find(appId))?.secrets.map(({ id }) => id)).toEqual([late.id, early.id]);
    });

    it('never lets one expire later than it would have', async () => {
      const { id: appId } = await registered();
      const [one, two, three] = [aSecret({ appId }), aSecret({ appId }), aSecret({ appId })];
      const ends = async () =>
        new Map((await stores.apps.find(appId))?.secrets.map(({ id, expiresAt }) => [id, expiresAt]));
      await stores.apps.rotateSecret(one, after(0));
      await stores.apps.rotateSecret(two, after(10));
      await stores.apps.rotateSecret(three, after(100));
      expect(await ends()).toEqual(
        new Map([
          [three.id, null],
          [two.id, after(100)],
          [one.id, after(10)],
        ]),
      );
      await stores.apps.rotateSecret(aSecret({ appId }), after(5));
      expect((await ends()).get(one.id)).toEqual(after(5));
      expect((await ends()).get(two.id)).toEqual(after(5));
    });

    it('removes of the app what expired more than a day before', async () => {
      const DAY = 86_400;
      const [{ id: appId }, { id: otherId }] = [await registered(), await registered()];
      const ofOther = aSecret({ appId: otherId, expiresAt: after(-2 * DAY) });
      await stores.apps.rotateSecret(ofOther, after(0));
      const long = aSecret({ appId, purpose: 'integrity', expiresAt: after(-DAY - 0.001) });
      const justNow = aSecret({ appId, purpose: 'integrity', expiresAt: after(-DAY) });
      for (const secret of [long, justNow])
        await stores.apps.rotateSecret({ ...secret, createdAt: after(-3 * DAY) }, after(0));
      const added = aSecret({ appId });
      await stores.apps.rotateSecret(added, after(0));
      const idsOf = async (id: string) => (await stores.apps.find(id))?.secrets.map((secret) => secret.id);
      expect(await idsOf(appId)).toEqual([added.id, justNow.id]);
      expect(await idsOf(otherId)).toEqual([ofOther.id]);
    });

    it('leaves other purposes and other apps alone', async () => {
      const [{ id: appId }, { id: otherId }] = [await registered(), await registered()];
      await stores.apps.rotateSecret(aSecret({ appId, purpose: 'integrity' }), after(0));
      await stores.apps.rotateSecret(aSecret({ appId: otherId }), after(0));
      await stores.apps.rotateSecret(aSecret({ appId }), after(1));
      for (const id of [appId, otherId]) {
        for (const { expiresAt } of (await stores.apps.find(id))?.secrets ?? []) expect(expiresAt).toBeNull();
      }
    });

    it('loses none of many at the same moment, and leaves exactly one that does not expire', async () => {
      const { id: appId } = await registered();
      const rotations = Array.from({ length: 8 }, (_, at) => ({
        secret: aSecret({ appId }),
        end: after(at),
      }));
      const node = typeOrmStores(await database.another());
      const answers = await Promise.all(
        rotations.map(({ secret, end }, at) => (at % 2 ? node : stores).apps.rotateSecret(secret, end)),
      );
      expect(answers).toEqual(rotations.map(() => true));
      const secrets = (await stores.apps.find(appId))?.secrets ?? [];
      expect(new Set(secrets.map(({ id }) => id))).toEqual(new Set(rotations.map(({ secret }) => secret.id)));
      expect(secrets.map(({ expiresAt }) => expiresAt === null)).toEqual(rotations.map((_, at) => at === 0));
      // Each must have been cut down by every rotation after its own.
      const endOf = new Map(rotations.map(({ secret, end }) => [secret.id, end.getTime()]));
      let earliest = Number.POSITIVE_INFINITY;
      for (const { id, expiresAt } of secrets) {
        expect(expiresAt?.getTime() ?? Number.POSITIVE_INFINITY).toBe(earliest);
        earliest = Math.min(earliest, endOf.get(id) ?? Number.NaN);
      }
    });

    it('knows no app to rotate for, and writes nothing', async () => {
      const app = anApp();
      expect(await stores.apps.rotateSecret(aSecret({ appId: app.id }), after(0))).toBe(false);
      await stores.apps.insert(app);
      expect((await stores.apps.find(app.id))?.secrets).toEqual([]);
    });

    it('keeps the old one valid when the new one cannot be added', async () => {
      const { id: appId } = await registered();
      const secret = aSecret({ appId });
      await stores.apps.rotateSecret(secret, after(0));
      await expect(stores.apps.rotateSecret(secret, after(0))).rejects.toThrow();
      expect((await stores.apps.find(appId))?.secrets).toEqual([secret]);
    });

    // The embedded database has one connection: whoever comes second waits in any case.
    if (kind === 'server')
      it('does not hold up a sign-in through the app', async () => {
        const { id: appId } = await registered();
        const user = aUser();
        await stores.users.insert(user);
        const node = typeOrmStores(await database.another());
        await stores.transactions.run(async () => {
          await stores.apps.rotateSecret(aSecret({ appId }), after(0));
          await node.transactions.run(async () => {
            await node.transactions.rows(`SET LOCAL lock_timeout = '2s'`);
            await node.sessions.insert(aSession({ userId: user.id, appId }));
          });
        });
      });
  });

  describe('removing a secret', () => {
    it('wants the app and the purpose to be right', async () => {
      const [{ id: appId }, { id: otherId }] = [await registered(), await registered()];
      const secret = aSecret({ appId });
      await stores.apps.rotateSecret(secret, after(0));
      expect(await stores.apps.removeSecret({ ...secret, appId: otherId })).toBe(false);
      expect(await stores.apps.removeSecret({ ...secret, purpose: 'integrity' })).toBe(false);
      expect(await stores.apps.removeSecret({ ...secret, id: 'nul\0' })).toBe(false);
      expect((await stores.apps.find(appId))?.secrets).toHaveLength(1);
      expect(await stores.apps.removeSecret(secret)).toBe(true);
      expect(await stores.apps.removeSecret(secret)).toBe(false);
      expect((await stores.apps.find(appId))?.secrets).toEqual([]);
    });
  });

  describe('removing secrets that have expired', () => {
    it('leaves those that have not, and those that never do', async () => {
      await database.dataSource.query('DELETE FROM portcullis_app_secrets');
      const { id: appId } = await registered();
      const [gone, onTime, live] = [
        aSecret({ appId, expiresAt: after(-0.001) }),
        aSecret({ appId, purpose: 'client', expiresAt: after(0) }),
        aSecret({ appId, purpose: 'integrity' }),
      ];
      for (const secret of [gone, onTime, live]) await stores.apps.rotateSecret(secret, after(500));
      expect(await stores.apps.removeExpiredSecrets(after(0))).toBe(1);
      const secrets = (await stores.apps.find(appId))?.secrets ?? [];
      expect(secrets.map(({ id }) => id)).toEqual([live.id, onTime.id]);
      expect(await stores.apps.removeExpiredSecrets(after(0))).toBe(0);
    });
  });

  describe('the tables', () => {
    it.each([
      ['a client secret that could be read', { purpose: 'client', sealed: Buffer.from('x'), hash: null }],
      ['a client secret with both', { purpose: 'client', sealed: Buffer.from('x'), hash: 'x' }],
      ['a signing secret that is only hashed', { purpose: 'signing', sealed: null, hash: 'x' }],
      ['an integrity secret with both', { purpose: 'integrity', sealed: Buffer.from('x'), hash: 'x' }],
      ['a secret with neither', { purpose: 'signing', sealed: null, hash: null }],
      ['a purpose that nobody knows', { purpose: 'decoration', sealed: Buffer.from('x'), hash: null }],
    ])('refuse %s', async (_, given) => {
      const { id: appId } = await registered();
      await expect(
        stores.apps.rotateSecret(aSecret({ appId, ...given } as never), after(0)),
      ).rejects.toMatchObject({ driverError: { code: '23514' } });
    });

    it('refuse a kind of session that nobody knows', async () => {
      await expect(stores.apps.insert(anApp({ sessionKind: 'cookies' as never }))).rejects.toMatchObject({
        driverError: { code: '23514' },
      });
    });

    it('refuse a client type that nobody knows', async () => {
      await expect(stores.apps.insert(anApp({ clientType: 'hybrid' as never }))).rejects.toMatchObject({
        driverError: { code: '23514' },
      });
    });
  });
});
