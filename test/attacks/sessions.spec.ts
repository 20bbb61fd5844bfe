import { randomBytes } from 'node:crypto';
import { KeyRing } from '@portcullis/nest';
import type { StartedTokenSession } from '../../libs/nest/src/authorities/sessions/index.js';
import { authorityNode, REGISTRY_TABLES, type AuthorityNode } from '../support/authority-node.js';
import { describeOnEachDatabase, type OpenedDatabase } from '../support/databases.js';
import { TestClock } from '../support/host-app.js';
import { newPassword } from '../support/sign-in.js';
import { TokenSessions } from '../support/token-sessions.js';

const APP = { id: 'app', name: 'App', scopes: ['accounts:read'], registered: true };
const ROUNDS = 5;

describeOnEachDatabase('Sessions with tokens, on two nodes,', (open) => {
  let database: OpenedDatabase;
  let one: AuthorityNode;
  let other: AuthorityNode;
  let userId: string;
  let sessions: TokenSessions;
  const clock = new TestClock();
  const keyRing = KeyRing.parse(randomBytes(32).toString('base64url'));

  beforeAll(async () => {
    database = await open(REGISTRY_TABLES);
    one = authorityNode({ database, keyRing, clock, tokens: {} });
    const elsewhere = { ...database, dataSource: await database.another() };
    other = authorityNode({ database: elsewhere, keyRing, clock, tokens: {} });
    await one.apps.register({ id: APP.id, name: APP.name, clientType: 'public', scopes: APP.scopes });
  });
  beforeEach(async () => {
    const login = { username: `user-${randomBytes(6).toString('hex')}`, password: newPassword() };
    userId = (await one.users.register({ ...login, scopes: APP.scopes })).id;
    sessions = new TokenSessions(APP, login);
  });
  afterAll(() => database.close());

  /** What the nodes have not been told yet, they read. */
  const hear = async () => {
    for (const { changes } of [one, other]) await (changes as { catchUp?(): Promise<void> }).catchUp?.();
  };
  const idsOf = async () => (await other.sessions.list(userId)).map(({ id }) => id);
  const expectEnded = async ({ session, accessToken, refreshToken }: StartedTokenSession) => {
    await hear();
    for (const node of [one, other]) {
      expect(await sessions.holds(node, accessToken)).toBe(false);
      expect(await sessions.refreshed(node, refreshToken)).toBeUndefined();
    }
    expect(await idsOf()).not.toContain(session.id);
  };
  const expectLive = async ({ session, accessToken }: StartedTokenSession) => {
    await hear();
    for (const node of [one, other]) expect(await sessions.holds(node, accessToken)).toBe(true);
    expect(await idsOf()).toContain(session.id);
  };

  it('[I02] never have an id, an access token or a refresh token twice', async () => {
    const started = await Promise.all(
      Array.from({ length: 16 }, (_, at) => sessions.start(at % 2 ? one : other)),
    );
    for (const unique of [
      (each: StartedTokenSession) => each.session.id,
      (each: StartedTokenSession) => each.accessToken,
      (each: StartedTokenSession) => each.refreshToken.split('.')[1] as string,
    ])
      expect(new Set(started.map(unique)).size).toBe(16);
    // 128 bits and 256 bits in base64url.
    for (const { session, refreshToken } of started)
      expect([session.id.length, refreshToken.split('.')[1]?.length]).toEqual([22, 43]);
  });

  it.each<[string, () => Promise<unknown>]>([
    ['the user ends all', () => one.sessions.endAllOf(userId)],
    ['the password is replaced', () => one.users.change(userId, { password: newPassword() })],
  ])('[I03] end on every node when %s', async (_, end) => {
    const [mine, theirs] = [await sessions.start(one), await sessions.start(other)];
    for (const started of [mine, theirs]) await expectLive(started);
    await end();
    for (const started of [mine, theirs]) await expectEnded(started);
    expect(await idsOf()).toEqual([]);
  });

  it('[I03] end one by one on every node, and stay ended on a node that is started later', async () => {
    const [gone, kept] = [await sessions.start(one), await sessions.start(one)];
    await one.sessions.end(gone.session.id, { userId });
    await expectEnded(gone);
    await expectLive(kept);
    const later = authorityNode({ database, keyRing, clock, tokens: {} });
    await (later.changes as unknown as { catchUp(): Promise<void> }).catchUp();
    expect(await sessions.holds(later, gone.accessToken)).toBe(false);
    expect(await sessions.holds(later, kept.accessToken)).toBe(true);
  });

  it('[I09] that end while they are refreshed stay ended, whoever was first', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const started = await sessions.start(one);
      const [, ...successors] = await Promise.all([
        one.sessions.end(started.session.id, { userId }),
        ...Array.from({ length: 6 }, (_, at) =>
          sessions.refreshed(at % 2 ? one : other, started.refreshToken),
        ),
      ]);
      await expectEnded(started);
      for (const successor of successors)
        if (successor !== undefined) expect(await sessions.refreshed(other, successor)).toBeUndefined();
    }
  });

  it('[I09] that begin while all are ended are over or are new ones, and none comes back', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const old = await sessions.start(one);
      const started = sessions.start(other);
      await Promise.all([started, one.sessions.endAllOf(userId)]);
      const begun = await started;
      await expectEnded(old);
      expect(begun.session.id).not.toBe(old.session.id);
      // Either it was there when all were ended, and then nothing of it holds, or it was not, and then everything does.
      if ((await idsOf()).includes(begun.session.id)) await expectLive(begun);
      else await expectEnded(begun);
    }
  });

  it('[I09] are not brought back by a use that is written after their end', async () => {
    const started = await sessions.start(one);
    other.directory.noteUse(started.session.id);
    await one.sessions.end(started.session.id, { userId });
    other.directory.noteUse(started.session.id);
    await other.directory.onApplicationShutdown();
    await expectEnded(started);
  });

  it('[I09] are ended once, however many ask at the same moment', async () => {
    const { session } = await sessions.start(one);
    const ends = [one, other, one, other].map((node) =>
      node.sessions.end(session.id, { userId }).then(
        () => 'ended',
        (error: { code?: string }) => error.code,
      ),
    );
    expect((await Promise.all(ends)).toSorted()).toEqual(['ended', 'not_found', 'not_found', 'not_found']);
  });
});
