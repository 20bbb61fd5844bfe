import { PORTCULLIS_MIGRATIONS, typeOrmStores, type TypeOrmStores } from '@portcullis/nest/typeorm';
import {
  SessionOptions,
  SessionStore,
  type LiveAt,
  type SessionRecord,
} from '../../libs/nest/src/authorities/sessions/index.js';
import {
  Cleaner,
  CleanerOptions,
  ExpiredAppSecretsChore,
  ExpiredAuthorizationCodesChore,
  ExpiredChangesChore,
  ExpiredCodeRedemptionsChore,
  ExpiredPushedRequestsChore,
  ExpiredSessionsChore,
  RevokedSessionsChore,
} from '../../libs/nest/src/operations/cleaner/index.js';
import { describeOnEachDatabase, type OpenedDatabase } from '../support/databases.js';
import { FixedClock } from '../../libs/nest/src/testing/index.js';
import {
  aCode,
  after,
  anApp,
  aPushedRequest,
  aSecret,
  aSession,
  aUser,
  NOON,
} from '../support/registry-records.js';

const DAY = 86_400;
const IDLE = 1_800;
const STAYS = 600;
const CUT_OFFS = ['revoked-user', 'revoked-app', 'revoked-all'] as const;

describeOnEachDatabase('the cleaner', (open, kind) => {
  let database: OpenedDatabase;
  let stores: TypeOrmStores;
  let appId: string;
  let userId: string;
  const clock = new FixedClock(NOON);

  beforeAll(async () => {
    database = await open({ migrations: PORTCULLIS_MIGRATIONS });
    stores = typeOrmStores(database.dataSource);
  });
  afterAll(() => database.close());
  beforeEach(async () => {
    await database.dataSource.query('TRUNCATE portcullis_apps, portcullis_changes CASCADE');
    const [app, user] = [anApp(), aUser()];
    await stores.apps.insert(app);
    [appId, userId] = [app.id, user.id];
  });

  function cleanerOf(node: TypeOrmStores, store: SessionStore = node.sessions) {
    const { apps, changes, oneAtATime } = node;
    const chores = [
      new ExpiredSessionsChore(store, new SessionOptions(), clock),
      new RevokedSessionsChore(store),
      new ExpiredChangesChore(changes, store, clock),
      new ExpiredAppSecretsChore(apps, clock),
      new ExpiredAuthorizationCodesChore(node.authorizationCodes, clock),
      new ExpiredCodeRedemptionsChore(node.codeRedemptions, clock),
      new ExpiredPushedRequestsChore(node.pushedRequests, clock),
    ];
    return new Cleaner(chores, oneAtATime, new CleanerOptions());
  }

  async function begin(given: Partial<SessionRecord>): Promise<string> {
    const session = aSession({ userId, appId, expiresAt: after(DAY), ...given });
    await stores.sessions.insert(session);
    return session.id;
  }

  /** A session that a revocation covers which has expired, and one that was begun after it. */
  async function revoked(of: (typeof CUT_OFFS)[number]) {
    const id = { 'revoked-user': userId, 'revoked-app': appId, 'revoked-all': '*' }[of];
    const covered = await begin({ createdAt: after(-20), lastUsedAt: after(-1) });
    const later = await begin({ createdAt: after(-10), lastUsedAt: after(-1) });
    const [before, expiresAt] = [after(-10), after(-0.001)];
    await stores.changes.append([{ kind: of, id, before, expiresAt }], after(-10));
    return { covered, later };
  }

  const manyOver = (count: number) =>
    database.dataSource.query(
      `INSERT INTO portcullis_sessions (id, secret_hash, user_id, app_id, scopes, created_at, last_used_at, expires_at)
       SELECT 'over-' || at, 'hash', $1, $2, '{}', $3::timestamptz, $3::timestamptz, $3::timestamptz
       FROM generate_series(1, $4::integer) AS at`,
      [userId, appId, after(-DAY), count],
    );
  const idsIn = async (table: string, key = 'id') =>
    (await database.dataSource.query<{ id: string }[]>(`SELECT ${key} AS id FROM ${table} ORDER BY 1`)).map(
      ({ id }) => id,
    );

  it('removes what has expired, and leaves what is live', async () => {
    const kept = [
      await begin({ lastUsedAt: after(-IDLE - STAYS) }),
      await begin({ lastUsedAt: after(-1), expiresAt: after(-STAYS + 0.001) }),
      await begin({ createdAt: after(-5), lastUsedAt: after(-5) }),
    ];
    await begin({ lastUsedAt: after(-IDLE - STAYS - 0.001) });
    await begin({ lastUsedAt: after(-1), expiresAt: after(-STAYS) });
    // With an access token that came alone, and lives as long as that.
    kept.push(await begin({ kind: 'tokens', lastUsedAt: after(-IDLE - STAYS - 1) }));
    await begin({ kind: 'tokens', lastUsedAt: after(-1), expiresAt: after(-STAYS) });
    const revokedUser = aUser().id;
    await begin({ userId: revokedUser, createdAt: after(-20), lastUsedAt: after(-1) });
    kept.push(await begin({ userId: revokedUser, createdAt: after(-10), lastUsedAt: after(-1) }));
    await stores.changes.append(
      [
        { kind: 'revoked-user', id: revokedUser, before: after(-10), expiresAt: after(0) },
        { kind: 'revoked-user', id: revokedUser, before: after(-10), expiresAt: after(9) },
        { kind: 'app', id: appId, expiresAt: after(-0.001) },
      ],
      after(-10),
    );
    const secrets = [
      aSecret({ appId, expiresAt: after(-DAY) }),
      aSecret({ appId, purpose: 'client', expiresAt: after(-DAY - 0.001) }),
      aSecret({ appId, purpose: 'integrity' }),
    ] as const;
    for (const secret of secrets)
      await stores.apps.rotateSecret({ ...secret, createdAt: after(-3 * DAY) }, after(500));
    const [code, live] = [aCode({ appId }).hash, aCode({ appId }).hash];
    for (const [hash, expiresAt] of [
      [code, after(-0.001)],
      [live, after(0)],
    ] as const) {
      await stores.authorizationCodes.insert({ ...aCode({ appId }), hash, expiresAt });
      await stores.pushedRequests.insert(aPushedRequest({ appId, hash, expiresAt }));
      await stores.codeRedemptions.record({ codeId: hash, sessionId: 'session', expiresAt });
    }
    await cleanerOf(stores).clean();
    expect(await idsIn('portcullis_authorization_codes', 'hash')).toEqual([live]);
    expect(await idsIn('portcullis_pushed_requests', 'hash')).toEqual([live]);
    expect(await idsIn('portcullis_code_redemptions', 'code_id')).toEqual([live]);
    expect(await idsIn('portcullis_sessions')).toEqual(kept.toSorted());
    expect((await stores.changes.after(0, 10)).map(({ kind: of, expiresAt }) => [of, expiresAt])).toEqual([
      ['revoked-user', after(0)],
      ['revoked-user', after(9)],
    ]);
    expect(await idsIn('portcullis_app_secrets')).toEqual([secrets[0].id, secrets[2].id].toSorted());
  });

  it('works through as much as there is, in transactions of a thousand at the most', async () => {
    await manyOver(2_500);
    const removed: number[] = [];
    const counting = Object.create(stores.sessions, {
      removeOver: {
        value: async (live: LiveAt) => {
          const count = await stores.sessions.removeOver(live);
          removed.push(count);
          return count;
        },
      },
    }) as SessionStore;
    await cleanerOf(stores, counting).clean();
    expect(removed).toEqual([1_000, 1_000, 500, 0]);
    expect(await idsIn('portcullis_sessions')).toEqual([]);
  });

  describe('with a revocation that has expired, of a session that is left', () => {
    it.each(CUT_OFFS)('removes the session, and then the revocation: %s', async (of) => {
      const { later } = await revoked(of);
      await cleanerOf(stores).clean();
      expect(await idsIn('portcullis_sessions')).toEqual([later]);
      expect(await stores.changes.after(0, 10)).toEqual([]);
    });

    it.each(CUT_OFFS)('keeps the revocation while it cannot remove the session: %s', async (of) => {
      const { later } = await revoked(of);
      const failing = Object.create(stores.sessions, {
        removeRevoked: { value: () => Promise.reject(new Error('away')) },
      }) as SessionStore;
      await cleanerOf(stores, failing).clean();
      expect(await stores.changes.after(0, 10)).toMatchObject([{ kind: of }]);
      await cleanerOf(stores).clean();
      expect(await idsIn('portcullis_sessions')).toEqual([later]);
      expect(await stores.changes.after(0, 10)).toEqual([]);
    });
  });

  // The embedded database belongs to one process, which has one connection to it.
  if (kind !== 'server') return;

  it('works on one node at a time', async () => {
    await manyOver(10);
    const node = typeOrmStores(await database.another());
    let isOver: () => void = () => undefined;
    const over = new Promise<void>((resolve) => (isOver = resolve));
    let isAtWork: () => void = () => undefined;
    const atWork = new Promise<void>((resolve) => (isAtWork = resolve));
    const slow = Object.create(stores.sessions, {
      removeOver: {
        value: async (live: LiveAt) => {
          isAtWork();
          await over;
          return stores.sessions.removeOver(live);
        },
      },
    }) as SessionStore;
    const cleaned = cleanerOf(stores, slow).clean();
    await atWork;
    await cleanerOf(node).clean();
    expect(await idsIn('portcullis_sessions')).toHaveLength(10);
    isOver();
    await cleaned;
    expect(await idsIn('portcullis_sessions')).toEqual([]);
  });

  it('keeps a revocation that has expired while what it covers is in use', async () => {
    const node = typeOrmStores(await database.another());
    const { covered, later } = await revoked('revoked-app');
    await stores.transactions.run(async () => {
      await stores.sessions.touch(new Map([[covered, after(0)]]));
      await cleanerOf(node).clean();
      expect(await node.changes.after(0, 10)).toHaveLength(1);
    });
    await cleanerOf(node).clean();
    expect(await idsIn('portcullis_sessions')).toEqual([later]);
    expect(await node.changes.after(0, 10)).toEqual([]);
  });

  it('waits for nobody, and keeps nobody waiting', async () => {
    await manyOver(1_000);
    const node = typeOrmStores(await database.another());
    const used = await begin({ lastUsedAt: after(-DAY) });
    await stores.transactions.run(async () => {
      await stores.sessions.touch(new Map([[used, after(0)]]));
      await cleanerOf(node).clean();
      expect(await node.sessions.find('over-1')).toBeUndefined();
    });
    expect(await idsIn('portcullis_sessions')).toEqual([used]);
    await manyOver(1_000);
    await node.transactions.run(async () => {
      await node.sessions.removeOver({ now: after(-STAYS), usedSince: after(-IDLE - STAYS) });
      await stores.transactions.run(async () => {
        await stores.transactions.rows(`SET LOCAL lock_timeout = '2s'`);
        await stores.sessions.touch(new Map([[used, after(1)]]));
        await stores.sessions.insert(aSession({ id: 'new', userId, appId }));
      });
    });
    expect(await idsIn('portcullis_sessions')).toEqual(['new', used].toSorted());
  });
});
