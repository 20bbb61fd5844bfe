import { setTimeout as delay } from 'node:timers/promises';
import { PORTCULLIS_MIGRATIONS, typeOrmStores, type TypeOrmStores } from '@portcullis/nest/typeorm';
import { describeOnEachDatabase, type OpenedDatabase } from '../support/databases.js';
import {
  aCode,
  aConsent,
  after,
  anApp,
  aPushedRequest,
  aResourceServer,
  aUser,
} from '../support/registry-records.js';

/** What a client may send, and a column of type jsonb would refuse. */
const STRANGE = 'nul\0 half\ud800 “quoted” \\u0000';

describeOnEachDatabase('the stores of the authorization server', (open, kind) => {
  let database: OpenedDatabase;
  let stores: TypeOrmStores;
  let appId: string;

  beforeAll(async () => {
    database = await open({ migrations: PORTCULLIS_MIGRATIONS });
    stores = typeOrmStores(database.dataSource);
  });
  afterAll(() => database.close());
  beforeEach(async () => {
    const app = anApp();
    await stores.apps.insert(app);
    appId = app.id;
  });

  describe('resource servers', () => {
    it('are given back as they were, each under an identifier of its own', async () => {
      const resource = aResourceServer({ appId, name: 'Zoë’s “API”', scopes: ['a"b', 'c,d'] });
      expect(await stores.resources.insert(resource)).toBe(true);
      expect(await stores.resources.insert({ ...resource, name: 'Impostor' })).toBe(false);
      expect(await stores.resources.find(resource.identifier)).toEqual(resource);
      expect(await stores.resources.find(`${resource.identifier}/`)).toBeUndefined();
    });

    it('are listed by identifier, changed, and removed', async () => {
      const [one, other] = [aResourceServer(), aResourceServer()].toSorted((a, b) =>
        a.identifier < b.identifier ? -1 : 1,
      ) as [ReturnType<typeof aResourceServer>, ReturnType<typeof aResourceServer>];
      for (const resource of [other, one]) await stores.resources.insert(resource);
      const listed = await stores.resources.list();
      expect(
        listed.filter(({ identifier }) => [one, other].some((each) => each.identifier === identifier)),
      ).toEqual([one, other]);
      const changes = { name: 'Renamed', scopes: [], appId };
      expect(await stores.resources.update(one.identifier, changes)).toEqual({ ...one, ...changes });
      expect(await stores.resources.update(one.identifier, {})).toEqual({ ...one, ...changes });
      expect(await stores.resources.remove(one.identifier)).toBe(true);
      expect(await stores.resources.remove(one.identifier)).toBe(false);
      expect(await stores.resources.update(one.identifier, changes)).toBeUndefined();
      expect(await stores.resources.find(other.identifier)).toEqual(other);
    });

    it('have no app once it is removed, and none that is not there', async () => {
      const resource = aResourceServer({ appId });
      await stores.resources.insert(resource);
      await stores.apps.remove(appId);
      expect(await stores.resources.find(resource.identifier)).toEqual({ ...resource, appId: null });
      const refused = { code: 'validation_failed' };
      await expect(stores.resources.update(resource.identifier, { appId })).rejects.toMatchObject(refused);
      await expect(stores.resources.insert(aResourceServer({ appId }))).rejects.toMatchObject(refused);
    });

    it.each(['', 'nul\0', `https://${'x'.repeat(256)}`])('have no identifier %j', async (identifier) => {
      expect(await stores.resources.find(identifier)).toBeUndefined();
      expect(await stores.resources.remove(identifier)).toBe(false);
    });
  });

  describe('consents', () => {
    it('grow with what is allowed later, for each resource apart', async () => {
      const own = aConsent({ appId, scopes: ['b', 'a', 'b'] });
      const other = aConsent({ ...own, resource: 'https://api.example', scopes: ['x'], grantedAt: after(5) });
      for (const consent of [own, other]) expect(await stores.consents.add(consent)).toBe(true);
      await stores.consents.add({ ...own, scopes: ['a', 'c', 'c'], grantedAt: after(9) });
      await stores.consents.add({ ...own, scopes: [], grantedAt: after(1) });
      const grown = { ...own, scopes: ['b', 'a', 'c'], grantedAt: after(9) };
      expect(await stores.consents.find(own)).toEqual(grown);
      expect(await stores.consents.find(other)).toEqual(other);
      expect(await stores.consents.find({ ...own, resource: 'https://other.example' })).toBeUndefined();
      expect(await stores.consents.listOf(own.userId)).toEqual([grown, other]);
    });

    it('are all kept when they are given at the same moment', async () => {
      const consent = aConsent({ appId });
      const scopes = Array.from({ length: 8 }, (_, at) => `scope-${at}`);
      await Promise.all(scopes.map((scope) => stores.consents.add({ ...consent, scopes: [scope] })));
      expect((await stores.consents.find(consent))?.scopes.toSorted()).toEqual(scopes);
    });

    it('are withdrawn from one app, for every resource', async () => {
      const another = anApp();
      await stores.apps.insert(another);
      const { userId, ...consent } = aConsent({ appId });
      const kept = aConsent({ userId, appId: another.id });
      for (const resource of [null, 'https://api.example'])
        await stores.consents.add({ userId, ...consent, resource });
      await stores.consents.add(kept);
      expect(await stores.consents.remove(userId, appId)).toBe(2);
      expect(await stores.consents.remove(userId, appId)).toBe(0);
      expect(await stores.consents.listOf(userId)).toEqual([kept]);
    });

    it('end with their app, their user and their resource server', async () => {
      const [user, resource] = [aUser(), aResourceServer()];
      await stores.users.insert(user);
      await stores.resources.insert(resource);
      const ofApp = aConsent({ appId });
      const another = anApp();
      await stores.apps.insert(another);
      const ofUser = aConsent({ appId: another.id, userId: user.id });
      const ofResource = aConsent({ appId: another.id, resource: resource.identifier });
      for (const consent of [ofApp, ofUser, ofResource]) await stores.consents.add(consent);
      await stores.apps.remove(appId);
      await stores.users.remove(user.id);
      await stores.resources.remove(resource.identifier);
      for (const consent of [ofApp, ofUser, ofResource])
        expect(await stores.consents.find(consent)).toBeUndefined();
      expect(await stores.consents.add(ofApp)).toBe(false);
    });
  });

  describe('authorization codes', () => {
    it('are found by any of their hashes, as they were, until they are removed', async () => {
      const code = aCode({ appId, device: STRANGE, resource: 'https://api.example' });
      expect(await stores.authorizationCodes.insert(code)).toBe(true);
      expect(await stores.authorizationCodes.find(['another', code.hash])).toEqual(code);
      expect(await stores.authorizationCodes.find(['another'])).toBeUndefined();
      await stores.apps.remove(appId);
      expect(await stores.authorizationCodes.find([code.hash])).toBeUndefined();
      expect(await stores.authorizationCodes.insert(code)).toBe(false);
    });

    it('are consumed once, by one of many', async () => {
      const code = aCode({ appId });
      await stores.authorizationCodes.insert(code);
      const answers = await Promise.all(
        Array.from({ length: 8 }, () => stores.authorizationCodes.consume(code.hash)),
      );
      expect(answers.filter(Boolean)).toHaveLength(1);
      expect(await stores.authorizationCodes.consume(code.hash)).toBe(false);
      expect(await stores.authorizationCodes.consume('another')).toBe(false);
      expect(await stores.authorizationCodes.find([code.hash])).toEqual(code);
    });
  });

  it('keep pushed requests as they were checked', async () => {
    const request = aPushedRequest({ appId, parameters: { state: STRANGE, __proto: 'x' } });
    expect(await stores.pushedRequests.insert(request)).toBe(true);
    expect(await stores.pushedRequests.find([request.hash, 'another'])).toEqual(request);
    expect(await stores.pushedRequests.find([])).toBeUndefined();
    await stores.apps.remove(appId);
    expect(await stores.pushedRequests.find([request.hash])).toBeUndefined();
    expect(await stores.pushedRequests.insert(request)).toBe(false);
  });

  it('remove what has expired, and nothing else', async () => {
    const [old, live] = [
      { issuedAt: after(-99), expiresAt: after(-1) },
      { issuedAt: after(0), expiresAt: after(1) },
    ];
    const codes = [
      { ...aCode({ appId }), ...old },
      { ...aCode({ appId }), ...live },
    ];
    const requests = [aPushedRequest({ appId, ...old }), aPushedRequest({ appId, ...live })];
    for (const code of codes) await stores.authorizationCodes.insert(code);
    for (const request of requests) await stores.pushedRequests.insert(request);
    for (const { hash, expiresAt } of codes)
      await stores.codeRedemptions.record({ codeId: hash, sessionId: 'first', expiresAt });
    for (const store of [stores.authorizationCodes, stores.pushedRequests, stores.codeRedemptions])
      expect(await store.removeExpired(after(0))).toBe(1);
    const { hash = '', expiresAt = after(0) } = codes[1] ?? {};
    expect(await stores.authorizationCodes.find([hash])).toBeDefined();
    expect(await stores.pushedRequests.find([requests[1]?.hash ?? ''])).toBeDefined();
    expect(await stores.codeRedemptions.markReplayed({ codeId: hash, expiresAt })).toBe('first');
  });

  describe('redemptions of codes', () => {
    const redemptionOf = (codeId: string) => ({
      codeId,
      sessionId: `session of ${codeId}`,
      expiresAt: after(60),
    });
    const newCodeId = () => aCode({ appId }).hash;

    it('tell whoever comes second what the first got, however often', async () => {
      const redemption = redemptionOf(newCodeId());
      expect(await stores.codeRedemptions.record(redemption)).toBe(true);
      for (let at = 0; at < 2; at++)
        expect(await stores.codeRedemptions.markReplayed(redemption)).toBe(redemption.sessionId);
    });

    it('are refused once there is a tombstone', async () => {
      const redemption = redemptionOf(newCodeId());
      expect(await stores.codeRedemptions.markReplayed(redemption)).toBeUndefined();
      expect(await stores.codeRedemptions.record(redemption)).toBe(false);
      expect(await stores.codeRedemptions.markReplayed(redemption)).toBeUndefined();
    });

    it('never both succeed and go unnoticed, whoever is faster', async () => {
      const other = typeOrmStores(await database.another());
      const rounds = Array.from({ length: 20 }, async () => {
        const redemption = redemptionOf(newCodeId());
        const [recorded, found] = await Promise.all([
          stores.transactions.run(() => stores.codeRedemptions.record(redemption)),
          other.transactions.run(() => other.codeRedemptions.markReplayed(redemption)),
        ]);
        expect(found).toBe(recorded ? redemption.sessionId : undefined);
      });
      await Promise.all(rounds);
    });

    // The embedded database has one connection: nobody can come while a transaction runs.
    if (kind !== 'server') return;

    it.each([
      ['is kept', false],
      ['is undone', true],
    ])('make a replay wait until a redemption under way %s', async (_, isUndone) => {
      const other = typeOrmStores(await database.another());
      const redemption = redemptionOf(newCodeId());
      let replay: Promise<string | undefined> | undefined;
      const redeemed = stores.transactions.run(async () => {
        expect(await stores.codeRedemptions.record(redemption)).toBe(true);
        replay = other.transactions.run(() => other.codeRedemptions.markReplayed(redemption));
        expect(await Promise.race([replay, delay(200, 'waits')])).toBe('waits');
        if (isUndone) throw new Error('undone');
      });
      await (isUndone ? expect(redeemed).rejects.toThrow('undone') : redeemed);
      expect(await replay).toBe(isUndone ? undefined : redemption.sessionId);
    });

    it('wait for a replay that is under way', async () => {
      const other = typeOrmStores(await database.another());
      const redemption = redemptionOf(newCodeId());
      let recorded: Promise<boolean> | undefined;
      await other.transactions.run(async () => {
        expect(await other.codeRedemptions.markReplayed(redemption)).toBeUndefined();
        recorded = stores.transactions.outside(() => stores.codeRedemptions.record(redemption));
        expect(await Promise.race([recorded, delay(200, 'waits')])).toBe('waits');
      });
      expect(await recorded).toBe(false);
    });
  });
});
