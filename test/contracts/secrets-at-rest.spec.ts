import { randomBytes } from 'node:crypto';
import {
  PORTCULLIS_ENTITIES,
  PORTCULLIS_MIGRATIONS,
  typeOrmStores,
  type TypeOrmStores,
} from '@portcullis/nest/typeorm';
import type { DataSource } from 'typeorm';
import { ADMIN_SCOPES, AdminKeys } from '../../libs/nest/src/authorities/admin-keys/index.js';
import { SecretVault } from '../../libs/nest/src/authorities/apps/index.js';
import { RefreshTokens, SigningKeyVault } from '../../libs/nest/src/authorities/tokens/index.js';
import { sealSuccessor } from '../../libs/nest/src/authorities/tokens/successor-seal.js';
import { PasswordHasher } from '../../libs/nest/src/authorities/users/index.js';
import { KeyRing, newOpaqueKey } from '../../libs/nest/src/crypto/index.js';
import { ActingContext, copyChange, StoredAuditTrail } from '../../libs/nest/src/state/index.js';
import { describeOnEachDatabase } from '../support/databases.js';
import { noteSecret } from '../support/log-book.js';
import { TestClock } from '../support/host-app.js';
import {
  aCode,
  aConsent,
  after,
  anApp,
  aPushedRequest,
  aResourceServer,
  aSession,
  aUser,
} from '../support/registry-records.js';
import { SaidChanges } from '../support/said-changes.js';

/** Every row of every table, as text. */
async function dump(dataSource: DataSource): Promise<string> {
  const tables = await dataSource.query<{ name: string }[]>(
    `SELECT quote_ident(table_name) AS name FROM information_schema.tables WHERE table_schema = current_schema()`,
  );
  const mustHaveRows = new Set(dataSource.entityMetadatas.map(({ tableName }) => tableName));
  const lines: string[] = [];
  for (const { name } of tables) {
    const rows = await dataSource.query<{ line: string }[]>(`SELECT one::text AS line FROM ${name} one`);
    if (mustHaveRows.has(name)) expect({ name, rows: rows.length }).not.toEqual({ name, rows: 0 });
    lines.push(...rows.map(({ line }) => line));
  }
  return lines.join('\n');
}

/** The ways in which the same secret could be written. */
function spellings(text: string): string[] {
  return [Buffer.from(text, 'utf8'), Buffer.from(text, 'base64')].flatMap((bytes) => [
    bytes.toString('hex'),
    bytes.toString('base64').replace(/=+$/, ''),
    bytes.toString('base64url'),
    bytes.toString('utf8'),
  ]);
}

/** A key as whoever made it sees it: its id, which may be seen, and its secret. */
async function anAdminKey(stores: TypeOrmStores, keyRing: KeyRing): Promise<string> {
  const { transactions, adminKeys, audit } = stores;
  const clock = new TestClock();
  const trail = new StoredAuditTrail(audit, new ActingContext(), clock);
  const keys = new AdminKeys(adminKeys, keyRing, transactions, new SaidChanges(), trail, clock);
  const maker = { party: { kind: 'root-key', id: 'root-key', name: null }, scopes: ADMIN_SCOPES } as const;
  const key = { name: 'Key', scopes: ADMIN_SCOPES, expiresInSeconds: 60, maker };
  return noteSecret((await keys.create(key)).text);
}

/** What a key of the ring that signs tokens is: the secret of one that is shared. */
async function aSigningKey({ signingKeys }: TypeOrmStores, keyRing: KeyRing): Promise<string> {
  const secret = randomBytes(32);
  const [createdAt, signsFrom] = [after(0), after(0)];
  await signingKeys.insert(
    new SigningKeyVault(keyRing).mint({ algorithm: 'HS256', secret, createdAt, signsFrom }),
  );
  return secret.toString('base64');
}

/** The secrets of a token that was redeemed and of the one that followed it. */
async function aRefreshFamily(
  { sessions, refreshFamilies }: TypeOrmStores,
  keyRing: KeyRing,
  owners: { userId: string; appId: string },
): Promise<string[]> {
  const { id: sessionId } = newOpaqueKey();
  await sessions.insert(aSession({ ...owners, id: sessionId, kind: 'tokens' }));
  const tokens = new RefreshTokens(keyRing);
  const [previous, current] = [tokens.mint(sessionId, 0), tokens.mint(sessionId, 1)];
  await refreshFamilies.insert({
    ...owners,
    sessionId,
    scopes: [],
    boundKey: null,
    resource: null,
    generation: 1,
    currentHash: current.hash,
    previousHash: previous.hash,
    sealedSuccessor: sealSuccessor(previous, current),
    graceEndsAt: after(30),
    graceReplays: 0,
    idleExpiresAt: after(60),
    expiresAt: after(60),
    createdAt: after(0),
  });
  return [previous, current].map(({ secret }) => secret);
}

/** The texts of a code and of a `request_uri`, and the hashes by which rows are found. */
async function anAuthorization(
  { authorizationCodes, codeRedemptions, pushedRequests, consents, resources }: TypeOrmStores,
  keyRing: KeyRing,
  owners: { userId: string; appId: string },
): Promise<{ texts: string[]; hashes: string[] }> {
  const texts = [newOpaqueKey().secret, newOpaqueKey().secret];
  const hashes = texts.map((text) => keyRing.keyedHash('test', text));
  const [hash = '', reference = ''] = hashes;
  const code = { ...aCode(owners), hash };
  await authorizationCodes.insert(code);
  await codeRedemptions.record({ codeId: hash, sessionId: 'session', expiresAt: code.expiresAt });
  await pushedRequests.insert(aPushedRequest({ ...owners, hash: reference }));
  await consents.add(aConsent(owners));
  await resources.insert(aResourceServer());
  return { texts, hashes };
}

const shownIn = (dumped: string, secret: string) =>
  [secret, ...spellings(secret)].filter((spelling) => dumped.includes(spelling));

describeOnEachDatabase('what a stolen database tells', (open) => {
  it('[B03] is no secret that was sealed or hashed', async () => {
    const { dataSource, close } = await open({
      entities: PORTCULLIS_ENTITIES,
      migrations: PORTCULLIS_MIGRATIONS,
    });
    const stores = typeOrmStores(dataSource);
    const { apps, users, sessions } = stores;
    const ringKey = randomBytes(32);
    const keyRing = new KeyRing([ringKey]);
    const vault = new SecretVault(keyRing);

    const app = anApp({ name: 'visible-name' });
    await apps.insert(app);
    const secrets: string[] = [ringKey.toString('base64')];
    for (const purpose of ['signing', 'client', 'integrity'] as const) {
      const { text, record } = vault.mint({ appId: app.id, purpose, createdAt: after(0) });
      await apps.rotateSecret(record, after(0));
      secrets.push(text);
    }
    const [password, sessionSecret] = [
      randomBytes(12).toString('base64url'),
      randomBytes(32).toString('base64url'),
    ];
    const user = aUser({ passwordHash: await new PasswordHasher().hash(password) });
    await users.insert(user);
    await users.setAppScopes(user.id, app.id, ['accounts:read']);
    const secretHash = keyRing.keyedHash('session secret', sessionSecret);
    await sessions.insert(aSession({ userId: user.id, appId: app.id, secretHash }));
    await stores.changes.append([copyChange('app', app.id, after(0).getTime())], after(0));
    const [keyId = '', keySecret = ''] = (await anAdminKey(stores, keyRing)).split('.');
    secrets.push(password, sessionSecret, keySecret, await aSigningKey(stores, keyRing));
    secrets.push(...(await aRefreshFamily(stores, keyRing, { userId: user.id, appId: app.id })));

    const { texts, hashes } = await anAuthorization(stores, keyRing, { userId: user.id, appId: app.id });
    secrets.push(...texts);

    const dumped = await dump(dataSource);
    for (const hash of hashes) expect(shownIn(dumped, hash)).toContain(hash);
    expect(shownIn(dumped, app.name)).toContain(app.name);
    expect(shownIn(dumped, secretHash)).toContain(secretHash);
    expect(shownIn(dumped, keyId)).toContain(keyId);
    expect(secrets).toHaveLength(12);
    for (const secret of secrets) expect(shownIn(dumped, secret)).toEqual([]);

    // And yet what has to be read again can be, with the ring alone.
    const found = await apps.find(app.id);
    const [integrity, , signing] = found?.secrets ?? [];
    const read = [vault.signingSecret(signing!), vault.integritySecret(integrity!)].map(({ key }) =>
      key.export(),
    );
    expect(read).toEqual([Buffer.from(secrets[1]!, 'utf8'), Buffer.from(secrets[3]!, 'base64')]);
    await close();
  });

  it('[B03] finds a secret that somebody stores in the clear, in any spelling', async () => {
    const { dataSource, close } = await open({ migrations: [] });
    const secret = randomBytes(32).toString('base64url');
    await dataSource.query('CREATE TABLE careless (kept bytea, written text)');
    for (const [kept, written] of [
      [Buffer.from(secret, 'utf8'), null],
      [Buffer.from(secret, 'base64url'), null],
      [null, secret],
      [null, Buffer.from(secret, 'base64url').toString('base64')],
    ]) {
      await dataSource.query('INSERT INTO careless VALUES ($1, $2)', [kept, written]);
      expect(shownIn(await dump(dataSource), secret)).not.toEqual([]);
      await dataSource.query('DELETE FROM careless');
    }
    await close();
  });
});

it('one that a lost key sealed keeps no other from being imported', () => {
  const sealed = new SecretVault(new KeyRing([randomBytes(32)]));
  const vault = new SecretVault(new KeyRing([randomBytes(32)]));
  const lost = sealed.mint({ appId: 'app', purpose: 'integrity', createdAt: after(0) });
  const kept = vault.mint({ appId: 'app', purpose: 'integrity', createdAt: after(0) });
  const bytes = Buffer.from(kept.text, 'base64');
  expect(vault.isKept(bytes, [lost.record])).toBe(false);
  expect(vault.isKept(bytes, [lost.record, kept.record])).toBe(true);
});
