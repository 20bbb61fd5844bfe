import { randomBytes } from 'node:crypto';
import { KeyRing } from '@portcullis/nest';
import { PORTCULLIS_MIGRATIONS, typeOrmStores } from '@portcullis/nest/typeorm';
import {
  ADMIN_SCOPES,
  AdminKeyDirectory,
  AdminKeys,
  AdminScope,
  type AdminKeyHolder,
} from '../../libs/nest/src/authorities/admin-keys/index.js';
import { Administration } from '../../libs/nest/src/operations/admin/index.js';
import { ActingContext, StoredAuditTrail, type ChangeFeed } from '../../libs/nest/src/state/index.js';
import { Get } from '@nestjs/common';
import { describeOnEachDatabase, type OpenedDatabase } from '../support/databases.js';
import { TestClock } from '../support/host-app.js';
import { noteSecret } from '../support/log-book.js';
import { SaidChanges } from '../support/said-changes.js';

const MAX_AGE_SECONDS = 60;
const ROOT: AdminKeyHolder = {
  party: { kind: 'root-key', id: 'root-key', name: null },
  scopes: ADMIN_SCOPES,
};

describeOnEachDatabase('Administration keys of a node', (open) => {
  let database: OpenedDatabase;
  let clock: TestClock;
  const keyRing = KeyRing.parse(randomBytes(32).toString('base64url'));
  beforeAll(async () => {
    database = await open({ migrations: PORTCULLIS_MIGRATIONS });
  });
  beforeEach(() => {
    clock = new TestClock();
  });
  afterAll(() => database.close());

  const node = (changes: ChangeFeed = new SaidChanges(), ring = keyRing) => {
    const { transactions, adminKeys: store, audit } = typeOrmStores(database.dataSource);
    const trail = new StoredAuditTrail(audit, new ActingContext(), clock);
    const finds: string[] = [];
    const watched = Object.assign(Object.create(store) as typeof store, {
      find: (id: string) => {
        finds.push(id);
        return store.find(id);
      },
    });
    return {
      audit,
      finds,
      keys: new AdminKeys(store, ring, transactions, changes, trail, clock),
      directory: new AdminKeyDirectory({
        store: watched,
        keyRing: ring,
        changes,
        clock,
        maxAgeMs: MAX_AGE_SECONDS * 1000,
        capacity: 100,
      }),
    };
  };
  const made = async (keys: AdminKeys, given: { expiresInSeconds?: number; maker?: AdminKeyHolder } = {}) => {
    const scopes = ['keys:write', 'apps:read'] as const;
    const { text, key } = await keys.create({
      name: 'Key',
      scopes,
      expiresInSeconds: 3600,
      maker: ROOT,
      ...given,
    });
    noteSecret(text);
    const holder: AdminKeyHolder = { party: { kind: 'admin-key', id: key.id, name: key.name }, scopes };
    return { text, id: key.id, holder };
  };

  it('are known by their text and nothing else, and asked of the database once', async () => {
    const { keys, directory, finds } = node();
    const { text, id } = await made(keys);
    expect(await directory.find(text)).toMatchObject({
      id,
      name: 'Key',
      scopes: ['keys:write', 'apps:read'],
    });
    for (let at = 0; at < 5; at++) expect(directory.find(text)).toMatchObject({ id });
    expect(finds).toEqual([id]);
    const [, secret] = text.split('.');
    for (const other of [id, `${id}.`, `${id}.${'A'.repeat(43)}`, `${text}.`, ` ${text}`, secret as string])
      expect(await directory.find(other)).toBeUndefined();
    expect(finds).toEqual([id]);
  });

  it('are over to the millisecond, on every node', async () => {
    const { keys, directory } = node();
    const { text, id } = await made(keys, { expiresInSeconds: 30 });
    const other = node().directory;
    expect(await directory.find(text)).toMatchObject({ id });
    clock.advance(29);
    expect(await other.find(text)).toMatchObject({ id });
    clock.advance(1);
    expect(await directory.find(text)).toBeUndefined();
    expect(await other.find(text)).toBeUndefined();
    expect((await keys.list()).map((key) => key.id)).toContain(id);
  });

  it('are refused at once where the revocation is heard, and within the bound where it is not', async () => {
    const changes = new SaidChanges();
    const [here, near, deaf] = [node(changes), node(changes), node()];
    const { text, id } = await made(here.keys);
    for (const { directory } of [here, near, deaf]) expect(await directory.find(text)).toMatchObject({ id });
    await here.keys.revoke(id);
    expect(await here.directory.find(text)).toBeUndefined();
    expect(await near.directory.find(text)).toBeUndefined();
    expect(await deaf.directory.find(text)).toMatchObject({ id });
    clock.advance(MAX_AGE_SECONDS + 1);
    expect(await deaf.directory.find(text)).toBeUndefined();
  });

  it('are all asked for again when word was lost', async () => {
    const changes = new SaidChanges();
    const { keys, directory } = node(changes);
    const { text, id } = await made(keys);
    await directory.find(text);
    await node().keys.revoke(id);
    changes.say('everything');
    expect(await directory.find(text)).toBeUndefined();
  });

  it('make no further key once they are revoked, though this node has not heard of it', async () => {
    const { keys, audit } = node();
    const { id, holder } = await made(keys);
    await made(keys, { maker: holder });
    await node().keys.revoke(id);
    const before = await audit.find({ limit: 500 });
    const count = (await keys.list()).length;
    await expect(made(keys, { maker: holder })).rejects.toMatchObject({ code: 'admin_key_invalid' });
    expect((await keys.list()).length).toBe(count);
    expect(await audit.find({ limit: 500 })).toEqual(before);
  });

  it('are known to a ring that has the key they were hashed under, and to no other', async () => {
    const { text, id } = await made(node().keys);
    const newKey = randomBytes(32);
    const stranger = new KeyRing([newKey]);
    expect(await node(undefined, stranger).directory.find(text)).toBeUndefined();
    expect(await node().directory.find(text)).toMatchObject({ id });
  });
});

describe('An operation of the administration', () => {
  it('that names no scope ends the start, wherever it was inherited from', () => {
    class Base {
      @Get('inherited')
      inherited(): void {}
    }
    class Careless extends Base {
      @AdminScope('apps:read')
      @Get()
      list(): void {}
    }
    expect(() => Administration('careless')(Careless)).toThrow('Careless.inherited');
    class Careful {
      get getter(): string {
        throw new Error('read');
      }

      @AdminScope('apps:read')
      @Get()
      list(): void {}

      helper(): void {}
    }
    expect(() => Administration('careful')(Careful)).not.toThrow();
  });
});
