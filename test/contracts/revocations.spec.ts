import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { FixedClock } from '@portcullis/nest/testing';
import { typeOrmStores } from '@portcullis/nest/typeorm';
import { RevocationRetention, Revocations } from '../../libs/nest/src/authorities/revocations/index.js';
import { PasswordHasher, StoredUserAccounts } from '../../libs/nest/src/authorities/users/index.js';
import { AuditTrail, type Act, type Change } from '../../libs/nest/src/state/index.js';
import { REGISTRY_TABLES } from '../support/authority-node.js';
import { describeOnEachDatabase, type OpenedDatabase } from '../support/databases.js';
import { after, anApp, aSession, NOON } from '../support/registry-records.js';
import { SaidChanges } from '../support/said-changes.js';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

class ListedActs extends AuditTrail {
  readonly acts: Act[] = [];
  failure: Error | undefined;

  override async record(act: Act): Promise<void> {
    if (this.failure) throw this.failure;
    this.acts.push(act);
  }
}

it.each([
  ['nothing', [], 2 * HOUR_MS],
  ['what lives shorter than two hours', [MINUTE_MS, 5 * MINUTE_MS], 2 * HOUR_MS],
  ['what lives longer', [MINUTE_MS, 3 * HOUR_MS], 3 * HOUR_MS],
])('A revocation is remembered for two hours, and longer than what it revokes: %s', (_, lives, longest) => {
  expect(new RevocationRetention(lives).expiresAt(NOON)).toEqual(new Date(NOON + longest + MINUTE_MS));
  expect(() => new RevocationRetention([...lives, Number.POSITIVE_INFINITY])).toThrow(TypeError);
});

describeOnEachDatabase('Revoking', (open, databaseKind) => {
  let database: OpenedDatabase;
  let stores: ReturnType<typeof typeOrmStores>;
  let heard: Change[];
  let audit: ListedActs;
  let revocations: Revocations;
  let appId: string;
  beforeAll(async () => {
    database = await open(REGISTRY_TABLES);
    stores = typeOrmStores(database.dataSource);
  });
  afterEach(() => revocations.onApplicationShutdown());
  afterAll(() => database.close());
  beforeEach(async () => {
    const feed = new SaidChanges();
    heard = [];
    feed.listen((announced) => announced !== 'everything' && heard.push(announced));
    audit = new ListedActs();
    const { sessions, changes, transactions } = stores;
    const [retention, clock] = [new RevocationRetention([]), new FixedClock(NOON)];
    const accounts = new StoredUserAccounts(stores.users, new PasswordHasher());
    revocations = new Revocations(sessions, accounts, feed, changes, transactions, audit, retention, clock);
    const app = anApp();
    appId = app.id;
    await stores.apps.insert(app);
  });

  const started = async (seconds: number, userId = 'ada'): Promise<string> => {
    const session = aSession({ userId, appId, createdAt: after(seconds) });
    await stores.sessions.insert(session);
    return session.id;
  };
  const left = async () => {
    const rows = await stores.transactions.rows<{ id: string }>(
      'SELECT id FROM portcullis_sessions WHERE app_id = $1 ORDER BY created_at',
      [appId],
    );
    return rows.map(({ id }) => id);
  };

  it('tells of each session of a user that it ends, and of the user', async () => {
    const [old, recent] = [await started(-20), await started(-5)];
    await revocations.revoke({ userId: 'ada' }, after(-10));
    expect(await left()).toEqual([recent]);
    expect(heard.map(({ kind, id, before }) => [kind, id, before])).toEqual([
      ['revoked-session', old, undefined],
      ['revoked-user', 'ada', after(-10)],
    ]);
    expect(audit.acts.map(({ action, details }) => [action, details?.sessions])).toEqual([
      ['user.revoked', 1],
    ]);
  });

  it('ends what a user has begun by a clock that is ahead', async () => {
    await started(3);
    await revocations.revoke({ userId: 'ada' });
    expect(await left()).toEqual([]);
  });

  it('removes what was begun through an app, however much it is, and nothing that was begun later', async () => {
    await stores.transactions.rows(
      `INSERT INTO portcullis_sessions (id, secret_hash, user_id, app_id, scopes, created_at, last_used_at, expires_at)
       SELECT $1 || n, 'none', 'ada', $1, '{}', $2, $2, $2 FROM generate_series(1, 2500) AS n`,
      [appId, after(-1)],
    );
    const recent = await started(3);
    await revocations.revoke({ appId });
    const until = Date.now() + 30_000;
    // oxlint-disable-next-line no-await-in-loop -- the rest goes after the answer
    while ((await left()).length > 1 && Date.now() < until);
    expect(await left()).toEqual([recent]);
    expect(heard).toEqual([
      {
        kind: 'revoked-app',
        id: appId,
        before: after(2),
        expiresAt: new Date(NOON + 2 * HOUR_MS + MINUTE_MS + 2000),
      },
    ]);
  });

  // The embedded database has one connection: nobody else uses a row there.
  if (databaseKind === 'server')
    it('removes what was in use when it was revoked', async () => {
      const node = typeOrmStores(await database.another());
      const used = await started(-1);
      await node.transactions.run(async () => {
        await node.sessions.touch(new Map([[used, after(1)]]));
        await revocations.revoke({ appId });
        expect(await left()).toEqual([used]);
      });
      const until = Date.now() + 30_000;
      // oxlint-disable-next-line no-await-in-loop -- it is looked for again after the answer
      while ((await left()).length > 0 && Date.now() < until) await delay(50);
      expect(await left()).toEqual([]);
    });

  it('ends a user’s sessions however the id is spelt, and what another issuer gave under that spelling', async () => {
    const userId = randomUUID();
    const session = aSession({ appId, userId });
    await stores.sessions.insert(session);
    const { id } = await revocations.revoke({ userId: userId.toUpperCase() });
    expect(id).toBe(userId);
    expect(await left()).toEqual([]);
    expect(heard.map((change) => [change.kind, change.id])).toEqual([
      ['revoked-session', session.id],
      ['revoked-user', userId.toUpperCase()],
      ['revoked-user', userId],
    ]);
  });

  it('keeps nothing of it when it cannot be written down who did it', async () => {
    const session = await started(-1);
    audit.failure = new Error('full');
    for (const target of [
      { jti: 'a' },
      { familyId: session },
      { userId: 'ada' },
      { appId },
      { all: true },
    ] as const)
      await expect(revocations.revoke(target)).rejects.toBe(audit.failure);
    expect(await left()).toEqual([session]);
    expect(heard).toEqual([]);
  });

  it('refuses a moment that is more than an hour ahead, or none', async () => {
    await revocations.revoke({ appId }, new Date(NOON + HOUR_MS));
    for (const before of [new Date(NOON + HOUR_MS + 1), new Date(Number.NaN)])
      await expect(revocations.revoke({ appId }, before)).rejects.toMatchObject({
        code: 'validation_failed',
      });
    expect(heard).toHaveLength(1);
  });
});
