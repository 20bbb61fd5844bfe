import { randomBytes } from 'node:crypto';
import { PORTCULLIS_MIGRATIONS, typeOrmStores, type TypeOrmStores } from '@portcullis/nest/typeorm';
import type {
  Redemption,
  RefreshFamilyRecord,
  Successor,
} from '../../libs/nest/src/authorities/tokens/index.js';
import { describeOnEachDatabase, type OpenedDatabase } from '../support/databases.js';
import { after, anApp, aSession } from '../support/registry-records.js';

const SEALED = randomBytes(150);

describeOnEachDatabase('the store of refresh families', (open, kind) => {
  let database: OpenedDatabase;
  let stores: TypeOrmStores;
  let appId: string;

  beforeAll(async () => {
    database = await open({ migrations: PORTCULLIS_MIGRATIONS });
    stores = typeOrmStores(database.dataSource, { databaseIsOpenTo: 'this-process' });
    const app = anApp();
    await stores.apps.insert(app);
    appId = app.id;
  });
  afterAll(() => database.close());

  async function begun(given: Partial<RefreshFamilyRecord> = {}): Promise<RefreshFamilyRecord> {
    const session = aSession({ kind: 'tokens', userId: 'user-1', appId });
    await stores.sessions.insert(session);
    const family: RefreshFamilyRecord = {
      sessionId: session.id,
      appId,
      userId: 'user-1',
      scopes: ['accounts:read', 'transfers:write'],
      boundKey: null,
      resource: 'https://api.example',
      generation: 4,
      currentHash: `current of ${session.id}`,
      previousHash: `previous of ${session.id}`,
      sealedSuccessor: SEALED,
      graceEndsAt: after(30),
      graceReplays: 0,
      idleExpiresAt: after(100),
      expiresAt: after(1000),
      createdAt: after(0.001),
      ...given,
    };
    await stores.refreshFamilies.insert(family);
    return family;
  }

  function redemptionOf(family: RefreshFamilyRecord, given: Partial<Redemption> = {}): Redemption {
    const { sessionId, boundKey, currentHash } = family;
    return { sessionId, hash: currentHash, appId, boundKey, askedScopes: null, now: after(10), ...given };
  }

  function successorOf(given: Partial<Successor> = {}): Successor {
    return {
      hash: 'successor',
      sealed: randomBytes(20),
      graceEndsAt: after(40),
      idleExpiresAt: after(110),
      ...given,
    };
  }

  const rotate = (family: RefreshFamilyRecord, given: Partial<Redemption> = {}) =>
    stores.refreshFamilies.rotate(redemptionOf(family, given), successorOf());

  const kept = (sessionId: string) => stores.refreshFamilies.findLocked(sessionId);

  /** What the statements answer. */
  const redeemedOf = ({ sessionId, appId, userId, scopes, resource, createdAt }: RefreshFamilyRecord) => ({
    sessionId,
    appId,
    userId,
    scopes,
    resource,
    createdAt,
  });

  /** What each statement must be right about, whatever it writes. */
  const WRONG: [string, Partial<RefreshFamilyRecord>, Partial<Redemption>][] = [
    ['another session', {}, { sessionId: 'another' }],
    ['a session that can be none', {}, { sessionId: 'nul\0' }],
    ['another app', {}, { appId: 'another' }],
    ['an app that can be none', {}, { appId: 'nul\0' }],
    ['another hash', {}, { hash: 'another' }],
    ['an empty hash', {}, { hash: '' }],
    ['another bound key', { boundKey: 'a key' }, { boundKey: 'another' }],
    ['no bound key', { boundKey: 'a key' }, { boundKey: null }],
    ['a bound key too many', {}, { boundKey: 'a key' }],
    ['a scope that was not granted', {}, { askedScopes: ['accounts:read', 'bank:admin'] }],
    ['an idle token', { idleExpiresAt: after(10) }, {}],
    ['an old family', { expiresAt: after(10) }, {}],
  ];

  it('gives a family back as it was', async () => {
    for (const given of [
      {},
      { boundKey: 'a "key"', scopes: [], generation: 0, previousHash: null, sealedSuccessor: null },
      { graceEndsAt: null, graceReplays: 40, createdAt: after(0.123) },
    ]) {
      const family = await begun(given);
      expect(await kept(family.sessionId)).toEqual(family);
    }
  });

  it('keeps one family for a session, and none without one', async () => {
    const family = await begun();
    await expect(stores.refreshFamilies.insert(family)).rejects.toThrow();
    await expect(stores.refreshFamilies.insert({ ...family, sessionId: 'another' })).rejects.toThrow();
    for (const nobody of ['another', 'nul\0']) expect(await kept(nobody)).toBeUndefined();
    await stores.sessions.remove(family.sessionId);
    expect(await kept(family.sessionId)).toBeUndefined();
    expect(await rotate(family)).toBeUndefined();
  });

  describe('rotating', () => {
    it('puts the successor in the place of the token, which becomes the predecessor', async () => {
      const family = await begun({ graceReplays: 7 });
      const [redemption, successor] = [redemptionOf(family), successorOf()];
      expect(await stores.refreshFamilies.rotate(redemption, successor)).toEqual(redeemedOf(family));
      expect(await kept(family.sessionId)).toEqual({
        ...family,
        generation: 5,
        currentHash: 'successor',
        previousHash: family.currentHash,
        sealedSuccessor: successor.sealed,
        graceEndsAt: after(40),
        graceReplays: 0,
        idleExpiresAt: after(110),
      });
      expect(await stores.refreshFamilies.rotate(redemption, successor)).toBeUndefined();
    });

    it.each(WRONG)('writes nothing for %s', async (_, given, wrong) => {
      const family = await begun(given);
      expect(await rotate(family, wrong)).toBeUndefined();
      expect(await kept(family.sessionId)).toEqual(family);
    });

    it('takes a bound key, and scopes that were granted', async () => {
      const family = await begun({ boundKey: 'a key' });
      await rotate(family, { askedScopes: ['transfers:write'] });
      expect((await kept(family.sessionId))?.generation).toBe(5);
    });

    it('lets no grace outlive the token, and no life the family', async () => {
      const idle = await begun({ idleExpiresAt: after(20) });
      await rotate(idle);
      expect((await kept(idle.sessionId))?.graceEndsAt).toEqual(after(20));
      const old = await begun({ idleExpiresAt: after(25), expiresAt: after(25) });
      await rotate(old);
      const rotated = await kept(old.sessionId);
      expect([rotated?.graceEndsAt, rotated?.idleExpiresAt]).toEqual([after(25), after(25)]);
    });

    it('rotates once, however many try at the same moment', async () => {
      const family = await begun();
      const other = typeOrmStores(await database.another(), { databaseIsOpenTo: 'this-process' });
      const all = await Promise.all(
        Array.from({ length: 20 }, (_, at) =>
          (at % 2 === 0 ? stores : other).refreshFamilies.rotate(
            redemptionOf(family),
            successorOf({ hash: `of ${at}` }),
          ),
        ),
      );
      const won = all.flatMap((one, at) => (one === undefined ? [] : [at]));
      expect(won).toHaveLength(1);
      const { generation, currentHash } = (await kept(family.sessionId)) as RefreshFamilyRecord;
      expect([generation, currentHash]).toEqual([family.generation + 1, `of ${won[0]}`]);
    });

    it('answers each of many that are asked about at the same moment with its own', async () => {
      const families = await Promise.all(Array.from({ length: 30 }, () => begun()));
      const other = typeOrmStores(await database.another(), { databaseIsOpenTo: 'this-process' });
      const asked = families.map((family, at) => {
        // One in three may not, and the two nodes ask in opposite orders.
        const redemption = redemptionOf(family, at % 3 === 0 ? { appId: 'another' } : {});
        return [redemption, successorOf({ hash: `of ${at}` })] as const;
      });
      const [here, there] = await Promise.all([
        Promise.all(asked.map((rotation) => stores.refreshFamilies.rotate(...rotation))),
        Promise.all(asked.toReversed().map((rotation) => other.refreshFamilies.rotate(...rotation))),
      ]);
      const rotated = here.map((one, at) =>
        [one, there.toReversed()[at]].filter((each) => each !== undefined),
      );
      for (const [at, family] of families.entries()) {
        const mayNot = at % 3 === 0;
        expect(rotated[at]).toEqual(mayNot ? [] : [redeemedOf(family)]);
        expect((await kept(family.sessionId))?.currentHash).toBe(mayNot ? family.currentHash : `of ${at}`);
      }
    });

    it('is part of the transaction in which it is asked', async () => {
      const family = await begun();
      const undone = stores.transactions.run(async () => {
        expect(await rotate(family)).toEqual(redeemedOf(family));
        throw new Error('undone');
      });
      await expect(undone).rejects.toThrow('undone');
      expect(await kept(family.sessionId)).toEqual(family);
    });
  });

  describe('touching', () => {
    it('puts off the idle life, and ends a predecessor’s grace', async () => {
      const family = await begun();
      expect(await stores.refreshFamilies.touch(redemptionOf(family), after(5000))).toMatchObject(
        redeemedOf(family),
      );
      expect(await kept(family.sessionId)).toEqual({
        ...family,
        sealedSuccessor: null,
        graceEndsAt: null,
        idleExpiresAt: family.expiresAt,
      });
    });

    it.each(WRONG)('writes nothing for %s', async (_, given, wrong) => {
      const family = await begun(given);
      expect(await stores.refreshFamilies.touch(redemptionOf(family, wrong), after(500))).toBeUndefined();
      expect(await kept(family.sessionId)).toEqual(family);
    });
  });

  describe('replaying', () => {
    const replayOf = (family: RefreshFamilyRecord, given: Partial<Redemption> = {}) =>
      redemptionOf(family, { hash: family.previousHash as string, ...given });

    it('counts one more, up to the most', async () => {
      const family = await begun();
      const { sealedSuccessor } = family;
      const answers = [];
      for (let at = 0; at < 4; at++) answers.push(await stores.refreshFamilies.replay(replayOf(family), 3));
      const answer = { ...redeemedOf(family), sealedSuccessor };
      expect(answers).toEqual([answer, answer, answer, undefined]);
      expect(await kept(family.sessionId)).toEqual({ ...family, graceReplays: 3 });
    });

    it('never counts beyond the most, however many try at the same moment', async () => {
      const family = await begun();
      const all = await Promise.all(
        Array.from({ length: 20 }, () => stores.refreshFamilies.replay(replayOf(family), 5)),
      );
      expect(all.filter((one) => one !== undefined)).toHaveLength(5);
    });

    it.each([
      ...WRONG,
      ['a grace that has ended', { graceEndsAt: after(10) }, {}],
      ['a family without a grace', { graceEndsAt: null }, {}],
      ['a family without a predecessor', { previousHash: null }, { hash: 'null' }],
    ] satisfies typeof WRONG)('writes nothing for %s', async (_, given, wrong) => {
      const family = await begun(given);
      const { previousHash } = family;
      const redemption = redemptionOf(family, {
        hash: previousHash ?? '',
        ...wrong,
      });
      expect(await stores.refreshFamilies.replay(redemption, 3)).toBeUndefined();
      expect(await kept(family.sessionId)).toEqual(family);
    });
  });

  if (kind === 'server') {
    it('goes on without prepared statements behind a pooler that loses them', async () => {
      const { dataSource } = database;
      for (let at = 0; at < 3; at++) {
        const family = await begun();
        expect(await rotate(family)).toEqual(redeemedOf(family));
        // Every connection of the pool, as another backend would be.
        const runners = Array.from({ length: 10 }, () => dataSource.createQueryRunner());
        await Promise.all(runners.map((runner) => runner.query('DEALLOCATE ALL')));
        await Promise.all(runners.map((runner) => runner.release()));
      }
    });

    it('keeps whoever ends a session waiting for no longer than it looks at it', async () => {
      const family = await begun();
      const other = typeOrmStores(await database.another(), { databaseIsOpenTo: 'this-process' });
      let ended: Promise<unknown> = Promise.resolve();
      await stores.transactions.run(async () => {
        await stores.refreshFamilies.findLocked(family.sessionId);
        ended = other.sessions.remove(family.sessionId);
        await new Promise((resolve) => setTimeout(resolve, 100));
        // The other way round these two would wait for each other.
        await stores.sessions.remove(family.sessionId);
      });
      expect(await ended).toBeUndefined();
    });
  }
});
