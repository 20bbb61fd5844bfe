import { randomBytes } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { KeyRing } from '@portcullis/nest';
import { isResourceIdentifier } from '../../libs/nest/src/authorities/resources/index.js';
import type { Announced } from '../../libs/nest/src/state/index.js';
import { authorityNode, REGISTRY_TABLES } from '../support/authority-node.js';
import { describeOnOneDatabase, type OpenedDatabase } from '../support/databases.js';
import { TestClock } from '../support/host-app.js';
import { aConsent, anApp, aResourceServer, aSession, aUser } from '../support/registry-records.js';

const invalid = (path: string) => ({
  code: 'validation_failed',
  members: { errors: [{ path, message: expect.any(String) as unknown }] },
});
const KEY = { kty: 'EC', crv: 'P-256', x: 'x', y: 'y' } as const;

describeOnOneDatabase('The registry of the authorization server', (open) => {
  let database: OpenedDatabase;
  let node: ReturnType<typeof authorityNode>;
  const clock = new TestClock();
  const heard: Announced[] = [];
  const warnings: string[] = [];

  beforeAll(async () => {
    database = await open(REGISTRY_TABLES);
    node = authorityNode({ database, keyRing: new KeyRing([randomBytes(32)]), clock });
    node.changes.listen((announced) => heard.push(announced));
  });
  afterAll(() => database.close());
  beforeEach(() => {
    heard.length = warnings.length = 0;
    jest.spyOn(Logger.prototype, 'warn').mockImplementation((message: string) => warnings.push(message));
  });
  afterEach(() => jest.restoreAllMocks());

  const actsOn = async (subject: string) =>
    (await node.stores.audit.find({ subject, limit: 100 })).map(({ action, party, details }) => ({
      action,
      by: party.kind,
      details,
    }));

  describe('resource servers', () => {
    it('are registered, changed and removed, and each time nodes hear of it and it is written down', async () => {
      const { app } = await node.apps.register(anApp());
      const { identifier, name } = aResourceServer();
      const registered = await node.resources.register({ identifier, name });
      expect(registered).toMatchObject({ identifier, name, scopes: [], appId: null });
      await expect(node.resources.register({ identifier, name })).rejects.toMatchObject(
        invalid('identifier'),
      );
      const changes = { scopes: ['payments:read'], appId: app.id };
      expect(await node.resources.change(identifier, changes)).toEqual({ ...registered, ...changes });
      expect(await node.resources.get(identifier)).toEqual({ ...registered, ...changes });
      expect(await node.resources.list()).toContainEqual({ ...registered, ...changes });
      await node.resources.remove(identifier);
      expect(
        heard.filter((announced) => announced !== 'everything' && announced.id === identifier),
      ).toHaveLength(3);
      expect((await actsOn(identifier)).map(({ action }) => action).toSorted()).toEqual([
        'resource.changed',
        'resource.registered',
        'resource.removed',
      ]);
      for (const asked of [
        () => node.resources.get(identifier),
        () => node.resources.change(identifier, { name }),
        () => node.resources.remove(identifier),
      ])
        await expect(asked()).rejects.toMatchObject({ code: 'not_found' });
    });

    it('belong to no app that could not authenticate', async () => {
      const { app } = await node.apps.register({ name: 'Public', clientType: 'public' });
      const { identifier, name } = aResourceServer();
      for (const appId of [app.id, 'nobody'])
        await expect(node.resources.register({ identifier, name, appId })).rejects.toMatchObject(
          invalid('appId'),
        );
      await node.resources.register({ identifier, name });
      await expect(node.resources.change(identifier, { appId: app.id })).rejects.toMatchObject(
        invalid('appId'),
      );
    });

    it.each([
      ['https://api.example', true],
      ['https://api.example/v1?tenant=a%20b', true],
      ['urn:example:payments', true],
      ['https://api.example/#', false],
      ['https://api.example/ ', false],
      ['https://api.example/%2', false],
      ['//api.example/', false],
      ['/payments', false],
      ['https://', false],
      ['https://bücher.example', false],
      ['', false],
      [`https://api.example/${'x'.repeat(236)}`, true],
      [`https://api.example/${'x'.repeat(237)}`, false],
    ])('RFC 8707 §2: whether %j can be an identifier', async (identifier, can) => {
      expect(isResourceIdentifier(identifier)).toBe(can);
      const asked = jest.spyOn(node.stores.resources, 'find');
      await node.resourceDirectory.find(identifier);
      expect(asked).toHaveBeenCalledTimes(can ? 1 : 0);
      if (!can)
        await expect(node.resources.register({ identifier, name: 'x' })).rejects.toMatchObject(
          invalid('identifier'),
        );
    });

    it('are answered from memory, also that there is none, until something changes or the copy is old', async () => {
      const { identifier, name } = aResourceServer();
      const asked = jest.spyOn(node.stores.resources, 'find');
      expect(await node.resourceDirectory.find(identifier)).toBeUndefined();
      expect(node.resourceDirectory.find(identifier)).toBeUndefined();
      const { app } = await node.apps.register(anApp());
      const registered = await node.resources.register({ identifier, name, appId: app.id });
      expect(await node.resourceDirectory.find(identifier)).toEqual(registered);
      expect(node.resourceDirectory.find(identifier)).toEqual(registered);
      expect(asked).toHaveBeenCalledTimes(2);
      await node.apps.remove(app.id);
      expect(await node.resourceDirectory.find(identifier)).toEqual({ ...registered, appId: null });
      clock.advance(61);
      await node.resourceDirectory.find(identifier);
      expect(asked).toHaveBeenCalledTimes(4);
    });
  });

  describe('consents', () => {
    it('cover what was allowed for that resource, and nothing more', async () => {
      const { app } = await node.apps.register(anApp());
      const { grantedAt: _, ...consent } = aConsent({
        appId: app.id,
        userId: aUser().id,
        scopes: ['a', 'b'],
      });
      expect(await node.consents.covers({ ...consent, scopes: [] })).toBe(false);
      await node.consents.give(consent);
      await node.consents.give({ ...consent, scopes: ['c'] });
      for (const [scopes, covered] of [
        [[], true],
        [['a', 'c'], true],
        [['a', 'd'], false],
      ] as const)
        expect(await node.consents.covers({ ...consent, scopes })).toBe(covered);
      expect(await node.consents.covers({ ...consent, resource: 'https://api.example' })).toBe(false);
      expect(await node.consents.covers({ ...consent, userId: aUser().id })).toBe(false);
      expect(await node.consents.of(consent.userId.toUpperCase())).toMatchObject([
        { scopes: ['a', 'b', 'c'] },
      ]);
      expect(await actsOn(consent.userId)).toContainEqual({
        action: 'consent.given',
        by: 'user',
        details: { appId: app.id, scopes: ['a', 'b'] },
      });
    });

    it('are given to no app that is gone', async () => {
      const given = node.consents.give(aConsent({ appId: 'nobody' }));
      await expect(given).rejects.toMatchObject({ code: 'app_key_invalid', reason: 'app_removed' });
    });

    it('end, when they are withdrawn, the sessions that the user has through the app, and no others', async () => {
      const [{ app }, { app: another }] = [
        await node.apps.register(anApp()),
        await node.apps.register(anApp()),
      ];
      const userId = aUser().id;
      for (const appId of [app.id, another.id])
        for (const resource of [null, 'https://api.example'])
          await node.consents.give({ userId, appId, resource, scopes: ['a'] });
      const ended = [
        aSession({ userId, appId: app.id }),
        aSession({ userId, appId: app.id, kind: 'tokens' }),
      ];
      const kept = [aSession({ userId, appId: another.id }), aSession({ userId: aUser().id, appId: app.id })];
      for (const session of [...ended, ...kept]) await node.stores.sessions.insert(session);
      heard.length = 0;

      await node.consents.withdraw(userId, app.id);
      for (const { id } of ended) expect(await node.stores.sessions.find(id)).toBeUndefined();
      for (const { id } of kept) expect(await node.stores.sessions.find(id)).toBeDefined();
      expect(
        heard.map((change) => (change === 'everything' ? change : `${change.kind} ${change.id}`)).toSorted(),
      ).toEqual(ended.map(({ id }) => `revoked-session ${id}`).toSorted());
      expect((await node.consents.of(userId)).map(({ appId }) => appId)).toEqual([another.id, another.id]);
      expect(await actsOn(userId)).toContainEqual(
        expect.objectContaining({ action: 'consent.withdrawn', details: { appId: app.id, sessions: 2 } }),
      );
      await expect(node.consents.withdraw(userId, app.id)).rejects.toMatchObject({ code: 'not_found' });
      await expect(node.consents.withdraw('no id', app.id)).rejects.toMatchObject(invalid('userId'));
    });
  });

  describe('apps', () => {
    const { id: _, ...SETTINGS } = anApp();

    it.each([
      ['keys', { clientKeys: [KEY] }, 'clientKeys'],
      ['client credentials', { grantTypes: ['client_credentials'] }, 'grantTypes'],
      ['an origin with a path', { corsOrigins: ['https://app.example/'] }, 'corsOrigins'],
      ['an origin of any site', { corsOrigins: ['*'] }, 'corsOrigins'],
      [
        'an origin that browsers spell otherwise',
        { corsOrigins: ['https://App.example:443'] },
        'corsOrigins',
      ],
    ])('that are public are refused %s', async (_what, settings, member) => {
      const given = { name: 'Public', clientType: 'public' as const };
      await expect(node.apps.register({ ...given, ...settings })).rejects.toMatchObject(invalid(member));
      const { app } = await node.apps.register(given);
      await expect(node.apps.change(app.id, settings)).rejects.toMatchObject(invalid(member));
      expect((await node.apps.get(app.id)).app).toEqual(app);
    });

    it('that contradict a rule that is younger than they are can still be suspended', async () => {
      const old = anApp({ clientType: 'public', grantTypes: ['client_credentials'] });
      await node.stores.apps.insert(old);
      expect(await node.apps.change(old.id, { suspended: true })).toEqual({ ...old, suspended: true });
    });

    it('have either keys or a client secret', async () => {
      const withKeys = await node.apps.register({ ...SETTINGS, clientKeys: [KEY] });
      expect(Object.keys(withKeys).toSorted()).toEqual(['app', 'signingSecret']);
      const { app, clientSecret } = await node.apps.register(SETTINGS);
      expect(clientSecret).toBeDefined();
      await node.apps.change(app.id, { clientKeys: [KEY] });
      const { secrets } = await node.apps.get(app.id);
      expect(secrets.map(({ purpose }) => purpose)).toEqual(['signing']);
      const rotation = { appId: app.id, purpose: 'client', overlapSeconds: 0 } as const;
      await expect(node.apps.rotateSecret(rotation)).rejects.toMatchObject(invalid('clientKeys'));
      expect((await node.apps.get(app.id)).secrets).toEqual(secrets);
      await node.apps.change(app.id, { clientKeys: [] });
      expect((await node.apps.rotateSecret(rotation)).text).toBeDefined();
    });

    it('are warned of when what is weak is switched on, once', async () => {
      const { app } = await node.apps.register({ ...SETTINGS, grantTypes: ['password'] });
      expect(warnings).toEqual([expect.stringMatching(`^app ${app.id} .*password`)]);
      await node.apps.change(app.id, { grantTypes: ['password', 'refresh_token'], plainPkce: false });
      expect(warnings).toHaveLength(1);
      await node.apps.change(app.id, { grantTypes: ['password', 'implicit'], plainPkce: true });
      expect(warnings.slice(1)).toEqual([expect.stringMatching(`^app ${app.id} .*implicit.*plain`)]);
      expect(warnings[1]).not.toContain('password');
      await expect(
        node.apps.change(app.id, { grantTypes: [], plainPkce: true, corsOrigins: ['*'] }),
      ).rejects.toThrow();
      await node.apps.change(app.id, { grantTypes: [], plainPkce: false });
      expect(warnings).toHaveLength(2);
    });
  });
});
