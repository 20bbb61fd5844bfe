import { randomBytes } from 'node:crypto';
import { KeyRing } from '@portcullis/nest';
import { PasswordHasher } from '../../libs/nest/src/authorities/users/index.js';
import { MemoryAttemptStore } from '../../libs/nest/src/stores/memory/index.js';
import { authorityNode, REGISTRY_TABLES, type AuthorityNodeParts } from '../support/authority-node.js';
import { describeOnEachDatabase, type OpenedDatabase } from '../support/databases.js';
import { TestClock } from '../support/host-app.js';
import { newAddress, newPassword } from '../support/sign-in.js';

const APP = { id: 'app', name: 'App', scopes: ['accounts:read'], registered: true };

/** While a password waits for its turn, something happens. */
class InterruptedHasher extends PasswordHasher {
  constructor(private readonly interruption: () => Promise<unknown>) {
    super();
  }

  override async verify(password: string, hash: string | undefined): Promise<boolean> {
    await this.interruption();
    return super.verify(password, hash);
  }
}

/** Others are always there first: one is looked at, and one waits. */
class CrowdedHasher extends PasswordHasher {
  override verify(password: string, hash: string | undefined): Promise<boolean> {
    for (let other = 0; other < 3; other += 1) this.hash('other').catch(() => undefined);
    return super.verify(password, hash);
  }
}

describeOnEachDatabase('[I09] A sign-in', (open) => {
  let database: OpenedDatabase;
  let login: { username: string; password: string };
  let userId: string;
  const clock = new TestClock();
  const keyRing = KeyRing.parse(randomBytes(32).toString('base64url'));
  const nodeWith = (parts: Partial<AuthorityNodeParts> = {}) =>
    authorityNode({ database, keyRing, clock, ...parts });

  beforeAll(async () => {
    database = await open(REGISTRY_TABLES);
    await nodeWith().apps.register({ id: APP.id, name: APP.name, clientType: 'public', scopes: APP.scopes });
  });
  beforeEach(async () => {
    login = { username: `user-${newPassword()}`, password: newPassword() };
    userId = (await nodeWith().users.register({ ...login, scopes: APP.scopes })).id;
  });
  afterAll(() => database.close());

  const signInWhile = (interruption: () => Promise<unknown>) =>
    nodeWith({ hasher: new InterruptedHasher(interruption) }).signIn.authenticate({
      ...login,
      address: newAddress(),
    });
  const invalid = { code: 'user_token_invalid' };
  const changes = [
    ['has another password', () => nodeWith().users.change(userId, { password: newPassword() })],
    ['is suspended', () => nodeWith().users.change(userId, { suspended: true })],
    ['is gone', () => nodeWith().users.remove(userId)],
  ] as const;

  it('succeeds when nothing happens meanwhile', async () => {
    const user = await signInWhile(async () => undefined);
    await expect(nodeWith().sessions.start({ user, app: APP })).resolves.toBeDefined();
  });

  it.each(changes)('starts nothing for a user who %s before the password is looked at', async (_, change) => {
    const signedIn = signInWhile(change).then((user) => nodeWith().sessions.start({ user, app: APP }));
    await expect(signedIn).rejects.toMatchObject(invalid);
  });

  it.each(changes)('starts nothing for a user who %s after it was looked at', async (_, change) => {
    const user = await signInWhile(async () => undefined);
    await change();
    await expect(nodeWith().sessions.start({ user, app: APP })).rejects.toMatchObject(invalid);
  });

  it('that could not be looked at is held against nobody', async () => {
    const attempts = new MemoryAttemptStore();
    const address = newAddress();
    const crowded = nodeWith({ attempts, hasher: new CrowdedHasher({ concurrency: 1, queueLimit: 1 }) });
    for (let turn = 0; turn < 20; turn += 1)
      await expect(crowded.signIn.authenticate({ ...login, address })).rejects.toMatchObject({
        code: 'temporarily_unavailable',
        headers: { 'Retry-After': '2' },
      });
    const { signIn } = nodeWith({ attempts });
    for (let guess = 1; guess <= 4; guess += 1) {
      const guessed = signIn.authenticate({ ...login, password: newPassword(), address });
      await expect(guessed).rejects.toMatchObject(invalid);
    }
    await expect(signIn.authenticate({ ...login, address })).resolves.toMatchObject({ id: userId });
  });
});
