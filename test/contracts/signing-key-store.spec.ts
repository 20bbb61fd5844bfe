import { randomBytes } from 'node:crypto';
import { PORTCULLIS_MIGRATIONS, typeOrmStores, type TypeOrmStores } from '@portcullis/nest/typeorm';
import type { SigningKeyRecord } from '../../libs/nest/src/authorities/tokens/index.js';
import { describeOnEachDatabase, type OpenedDatabase } from '../support/databases.js';
import { after } from '../support/registry-records.js';

const IMPOSSIBLE_KIDS = ['', 'nul\0', 'café', 'line\nbreak', 'x'.repeat(129)];

function aKey(given: Partial<SigningKeyRecord> = {}): SigningKeyRecord {
  return {
    kid: randomBytes(12).toString('base64url'),
    algorithm: 'ES256',
    sealed: randomBytes(200),
    publicJwk: { kty: 'EC', crv: 'P-256', x: 'x'.repeat(43), y: 'y'.repeat(43) },
    createdAt: after(0),
    signsFrom: after(600),
    ...given,
  };
}

describeOnEachDatabase('the store of signing keys', (open, kind) => {
  let database: OpenedDatabase;
  let stores: TypeOrmStores;

  beforeAll(async () => {
    database = await open({ migrations: PORTCULLIS_MIGRATIONS });
    stores = typeOrmStores(database.dataSource);
  });
  beforeEach(() => database.dataSource.query('DELETE FROM portcullis_signing_keys'));
  afterAll(() => database.close());

  const inserted = async (given: Partial<SigningKeyRecord> = {}) => {
    const key = aKey(given);
    await stores.signingKeys.insert(key);
    return key;
  };

  it('gives keys of both kinds back as they were, to the byte', async () => {
    const pair = await inserted({ signsFrom: after(0.001) });
    const secret = await inserted({ algorithm: 'HS256', publicJwk: null, signsFrom: after(0) });
    const listed = await stores.signingKeys.list();
    expect(listed.map((key) => ({ ...key, sealed: Buffer.from(key.sealed) }))).toEqual([pair, secret]);
  });

  it('lists the one that signs last first; of two at one moment the one that was made last', async () => {
    const [early, late] = [
      await inserted({ signsFrom: after(10) }),
      await inserted({ signsFrom: after(20) }),
    ];
    const twin = await inserted({ signsFrom: after(10), createdAt: after(5) });
    const kids = (await stores.signingKeys.list()).map(({ kid }) => kid);
    expect(kids).toEqual([late.kid, twin.kid, early.kid]);
  });

  it('throws for a kid that another key has', async () => {
    const { kid } = await inserted();
    await expect(inserted({ kid })).rejects.toThrow();
    expect(await stores.signingKeys.list()).toHaveLength(1);
  });

  it('moves the moment from which a key signs, and answers whether there is such a key', async () => {
    const { kid } = await inserted();
    expect(await stores.signingKeys.setSignsFrom(kid, after(7))).toBe(true);
    expect(await stores.signingKeys.setSignsFrom(kid.toUpperCase(), after(9))).toBe(false);
    expect((await stores.signingKeys.list())[0]?.signsFrom).toEqual(after(7));
  });

  it('removes a key once', async () => {
    const { kid } = await inserted();
    const answers = await Promise.all([1, 2, 3].map(() => stores.signingKeys.remove(kid)));
    expect(answers.filter(Boolean)).toHaveLength(1);
    expect(await stores.signingKeys.list()).toEqual([]);
  });

  it.each(IMPOSSIBLE_KIDS)('knows no key %j, not even inside a transaction', async (kid) => {
    await stores.transactions.run(async () => {
      expect(await stores.signingKeys.setSignsFrom(kid, after(0))).toBe(false);
      expect(await stores.signingKeys.remove(kid)).toBe(false);
    });
  });

  it('keeps nothing of a transaction that was undone', async () => {
    const failing = stores.transactions.run(async () => {
      await stores.signingKeys.lock();
      await inserted();
      throw new Error('undone');
    });
    await expect(failing).rejects.toThrow('undone');
    expect(await stores.signingKeys.list()).toEqual([]);
  });

  // The embedded database has one connection: who comes second waits for the whole of it.
  if (kind !== 'server') return;

  it('lets one transaction at a time lock the ring, and the next one see what it did', async () => {
    const node = typeOrmStores(await database.another());
    const order: string[] = [];
    let second: Promise<unknown> | undefined;
    await stores.transactions.run(async () => {
      await stores.signingKeys.lock();
      second = node.transactions.run(async () => {
        await node.signingKeys.lock();
        order.push(`second sees ${(await node.signingKeys.list()).length}`);
      });
      await new Promise((resolve) => setTimeout(resolve, 100));
      await inserted();
      order.push('first is done');
    });
    await second;
    expect(order).toEqual(['first is done', 'second sees 1']);
  });

  it('locks the ring of its own schema alone', async () => {
    const other = await open({ migrations: PORTCULLIS_MIGRATIONS });
    const elsewhere = typeOrmStores(other.dataSource);
    await stores.transactions.run(async () => {
      await stores.signingKeys.lock();
      await elsewhere.transactions.run(() => elsewhere.signingKeys.lock());
    });
    await other.close();
  });
});
