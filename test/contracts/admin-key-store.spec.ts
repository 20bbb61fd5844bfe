import { randomBytes } from 'node:crypto';
import { PORTCULLIS_MIGRATIONS, typeOrmStores, type TypeOrmStores } from '@portcullis/nest/typeorm';
import type { AdminKeyRecord } from '../../libs/nest/src/authorities/admin-keys/index.js';
import { describeOnEachDatabase, type OpenedDatabase } from '../support/databases.js';
import { after } from '../support/registry-records.js';

const IMPOSSIBLE_IDS = ['', 'nul\0', 'café', 'line\nbreak', 'x'.repeat(129), "' OR 1=1 --"];

function aKey(given: Partial<AdminKeyRecord> = {}): AdminKeyRecord {
  return {
    id: randomBytes(16).toString('base64url'),
    name: 'Deploy',
    secretHash: randomBytes(8).toString('hex'),
    scopes: ['apps:read', 'apps:write'],
    createdAt: after(0),
    expiresAt: after(0.001),
    ...given,
  };
}

describeOnEachDatabase('the store of administration keys', (open, kind) => {
  let database: OpenedDatabase;
  let stores: TypeOrmStores;

  beforeAll(async () => {
    database = await open({ migrations: PORTCULLIS_MIGRATIONS });
    stores = typeOrmStores(database.dataSource);
  });
  afterAll(() => database.close());

  const inserted = async (given: Partial<AdminKeyRecord> = {}) => {
    const key = aKey(given);
    await stores.adminKeys.insert(key);
    return key;
  };

  it('gives a key back as it was, to the letter of its id', async () => {
    const key = await inserted({ id: 'key-a', name: '"é\\' });
    expect(await stores.adminKeys.find('key-a')).toEqual(key);
    expect(await stores.adminKeys.find('key-A')).toBeUndefined();
    expect(await stores.adminKeys.hold('key-a')).toBe(true);
    expect(await stores.adminKeys.hold('key-A')).toBe(false);
  });

  it('throws for an id that another key has', async () => {
    const key = await inserted();
    await expect(inserted({ id: key.id, name: 'other' })).rejects.toThrow();
    expect(await stores.adminKeys.find(key.id)).toEqual(key);
  });

  it('lists the newest first', async () => {
    const [old, young] = [
      await inserted({ createdAt: after(100) }),
      await inserted({ createdAt: after(200) }),
    ];
    expect((await stores.adminKeys.list()).slice(0, 2)).toEqual([young, old]);
  });

  it('removes a key once, and answers with it as it was', async () => {
    const key = await inserted();
    const answers = await Promise.all([1, 2, 3].map(() => stores.adminKeys.remove(key.id)));
    expect(answers.filter(Boolean)).toEqual([key]);
    expect(await stores.adminKeys.find(key.id)).toBeUndefined();
  });

  it.each(IMPOSSIBLE_IDS)('knows no key %j, not even inside a transaction', async (id) => {
    await stores.transactions.run(async () => {
      expect(await stores.adminKeys.find(id)).toBeUndefined();
      expect(await stores.adminKeys.hold(id)).toBe(false);
      expect(await stores.adminKeys.remove(id)).toBeUndefined();
    });
  });

  // The embedded database has one connection: nobody waits for a row there.
  if (kind !== 'server') return;

  it('lets nobody remove a key that is held, until whoever holds it is done', async () => {
    const { id } = await inserted();
    const node = typeOrmStores(await database.another());
    let removed: Promise<unknown> | undefined;
    const order: string[] = [];
    await stores.transactions.run(async () => {
      expect(await stores.adminKeys.hold(id)).toBe(true);
      removed = node.adminKeys.remove(id).then(() => order.push('removed'));
      await new Promise((resolve) => setTimeout(resolve, 100));
      order.push('done');
    });
    await removed;
    expect(order).toEqual(['done', 'removed']);
  });
});
