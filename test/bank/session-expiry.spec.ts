import { randomBytes } from 'node:crypto';
import { KeyRing } from '@portcullis/nest';
import { typeOrmStores } from '@portcullis/nest/typeorm';
import { SessionOptions } from '../../libs/nest/src/authorities/sessions/index.js';
import { ExpiredSessionsChore } from '../../libs/nest/src/operations/cleaner/index.js';
import type { ChangeFeed } from '../../libs/nest/src/state/index.js';
import { authorityNode, REGISTRY_TABLES, type AuthorityNode } from '../support/authority-node.js';
import { describeOnEachDatabase, type OpenedDatabase } from '../support/databases.js';
import { HeldClock } from '../support/held-clock.js';
import { newPassword } from '../support/sign-in.js';

const IDLE_SECONDS = 1800;
/** How long a node may take to write a last use down. */
const FLUSH_SECONDS = 15;
const ABSOLUTE_SECONDS = 43_200;
const APP = { id: 'app', name: 'App', scopes: ['accounts:read'], registered: true };

describeOnEachDatabase('[I04] A session', (open) => {
  let database: OpenedDatabase;
  let clock: HeldClock;
  let node: AuthorityNode;
  const keyRing = KeyRing.parse(randomBytes(32).toString('base64url'));
  const login = { username: 'user', password: newPassword() };

  const startNode = (changes?: ChangeFeed) =>
    authorityNode({ database, keyRing, clock, ...(changes && { changes }) });
  const register = () =>
    node.apps.register({ id: APP.id, name: APP.name, clientType: 'public', scopes: APP.scopes });

  beforeAll(async () => {
    database = await open(REGISTRY_TABLES);
    clock = new HeldClock();
    node = startNode();
    await register();
    await node.users.register({ ...login, scopes: APP.scopes });
  });
  beforeEach(() => {
    clock = new HeldClock();
    node = startNode();
  });
  afterAll(() => database.close());

  const started = async () => {
    const user = await node.accounts.authenticate(login.username, login.password);
    if (!user) throw new Error('no user');
    const { key, session } = await node.sessions.start({ user, app: APP });
    return { key, id: session.id, userId: session.userId };
  };
  const isLive = async (key: string, on = node) => (await on.directory.find(key)) !== undefined;
  const listed = async (userId: string) => (await node.sessions.list(userId)).map(({ id }) => id);

  it('is over when it was not used for half an hour', async () => {
    const { key, id, userId } = await started();
    clock.advance(IDLE_SECONDS - 5);
    expect(await isLive(key)).toBe(true);
    expect(await listed(userId)).toContain(id);
    clock.advance(5 + FLUSH_SECONDS);
    expect(await isLive(key)).toBe(false);
    expect(await isLive(key, startNode())).toBe(false);
    clock.advance(1);
    expect(await listed(userId)).not.toContain(id);
  });

  it('is not over on a node, nor in the list, while another may have yet to write down that it was used', async () => {
    const { key, id, userId } = await started();
    const other = startNode();
    clock.advance(IDLE_SECONDS - 8);
    expect(await isLive(key)).toBe(true);
    node.directory.noteUse(id);
    clock.advance(10);
    expect([await isLive(key), await isLive(key, other)]).toEqual([true, true]);
    expect(await listed(userId)).toContain(id);
  });

  it('is not over on a node whose copy is older than what another has written since', async () => {
    const { key, id } = await started();
    const other = startNode();
    clock.advance(IDLE_SECONDS - 20);
    expect([await isLive(key), await isLive(key, other)]).toEqual([true, true]);
    node.directory.noteUse(id);
    await node.directory.onApplicationShutdown();
    clock.advance(20 + FLUSH_SECONDS);
    expect(await isLive(key, other)).toBe(true);
  });

  it('that is over is not read again and again', async () => {
    const { key } = await started();
    const find = jest.spyOn(node.stores.sessions, 'find');
    clock.advance(IDLE_SECONDS - 20);
    expect(await isLive(key)).toBe(true);
    clock.advance(20 + FLUSH_SECONDS);
    for (let asked = 0; asked < 3; asked++) expect(await isLive(key)).toBe(false);
    expect(find).toHaveBeenCalledTimes(2);
  });

  it('goes on while it is used, and is over after twelve hours all the same', async () => {
    const { key, id } = await started();
    let used = 0;
    for (; used + 1700 < ABSOLUTE_SECONDS - 5; used += 1700) {
      clock.advance(1700);
      expect(await isLive(key)).toBe(true);
      node.directory.noteUse(id);
    }
    clock.advance(ABSOLUTE_SECONDS - 5 - used);
    expect(await isLive(key)).toBe(true);
    node.directory.noteUse(id);
    clock.advance(6);
    expect(await isLive(key)).toBe(false);
  });

  it('is not kept alive by keys that are wrong', async () => {
    const { key, id } = await started();
    clock.advance(IDLE_SECONDS - 5);
    expect(await isLive(`${id}.${randomBytes(32).toString('base64url')}`)).toBe(false);
    clock.advance(5 + FLUSH_SECONDS);
    expect(await isLive(key)).toBe(false);
  });

  it('was used as far as another node knows once that is written, and after a restart', async () => {
    const { key, id } = await started();
    clock.advance(IDLE_SECONDS - 5);
    node.directory.noteUse(id);
    await node.directory.onApplicationShutdown();
    clock.advance(10);
    expect(await isLive(key, startNode())).toBe(true);
  });

  it('that was ended is not brought back by a use that is written later', async () => {
    const { key, id, userId } = await started();
    expect(await isLive(key)).toBe(true);
    node.directory.noteUse(id);
    await node.sessions.end(id, { userId });
    node.directory.noteUse(id);
    await node.directory.onApplicationShutdown();
    expect([await isLive(key), await isLive(key, startNode())]).toEqual([false, false]);
  });

  it('is over on every node when word of its end comes, and within the bound when none comes', async () => {
    const { key, id, userId } = await started();
    const [hears, deaf] = [startNode(node.changes), startNode()];
    expect([await isLive(key, hears), await isLive(key, deaf)]).toEqual([true, true]);
    await node.sessions.end(id, { userId });
    expect([await isLive(key), await isLive(key, hears)]).toEqual([false, false]);
    clock.advance(61);
    expect(await isLive(key, deaf)).toBe(false);
  });

  it('goes with its app, and does not come back when the app’s id does', async () => {
    const { key } = await started();
    const hears = startNode(node.changes);
    expect([await isLive(key), await isLive(key, hears)]).toEqual([true, true]);
    await node.apps.remove(APP.id);
    await register();
    expect([await isLive(key), await isLive(key, hears)]).toEqual([false, false]);
    expect(await isLive((await started()).key)).toBe(true);
  });

  it('ends with the password that it was started with, whoever replaces it', async () => {
    const changing = { username: 'changing', password: newPassword() };
    const { id } = await node.users.register({ ...changing, scopes: [] });
    const user = await node.accounts.authenticate(changing.username, changing.password);
    if (!user) throw new Error('no user');
    const { key } = await node.sessions.start({ user, app: APP });
    await node.users.change(id, { scopes: ['accounts:read'] });
    expect(await isLive(key)).toBe(true);
    await node.users.change(id, { password: newPassword() });
    expect([await isLive(key), await isLive(key, startNode())]).toEqual([false, false]);
  });

  it('is still there some minutes after it is over, for another node to write its last use, and then is not', async () => {
    const { id } = await started();
    const { sessions } = typeOrmStores(database.dataSource);
    const chore = new ExpiredSessionsChore(sessions, new SessionOptions(), clock);
    clock.advance(IDLE_SECONDS + 590);
    await chore.removeSome();
    expect(await sessions.find(id)).toBeDefined();
    clock.advance(11);
    await chore.removeSome();
    expect(await sessions.find(id)).toBeUndefined();
  });

  it('goes with its user', async () => {
    const leaving = { username: 'leaving', password: newPassword() };
    const { id } = await node.users.register({ ...leaving, scopes: [] });
    const user = await node.accounts.authenticate(leaving.username, leaving.password);
    if (!user) throw new Error('no user');
    await node.sessions.start({ user, app: APP });
    expect(await listed(id)).toHaveLength(1);
    await node.users.remove(id);
    expect(await listed(id)).toEqual([]);
    await expect(node.sessions.start({ user, app: APP })).rejects.toMatchObject({
      code: 'user_token_invalid',
    });
  });
});
