import { PORTCULLIS_MIGRATIONS, typeOrmStores, type TypeOrmStores } from '@portcullis/nest/typeorm';
import { describeOnEachDatabase, type OpenedDatabase } from '../support/databases.js';
import { anApp } from '../support/registry-records.js';

class ChangedMyMind extends Error {}

async function settled(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => 'kept',
    (error: unknown) => error,
  );
}

describeOnEachDatabase('work before the commit of a transaction', (open) => {
  let database: OpenedDatabase;
  let stores: TypeOrmStores;

  beforeAll(async () => {
    database = await open({ migrations: PORTCULLIS_MIGRATIONS });
    stores = typeOrmStores(database.dataSource);
  });
  afterAll(() => database.close());

  const connection = async () =>
    (await stores.transactions.rows<{ id: string }>('SELECT pg_current_xact_id()::text AS id'))[0]?.id;

  it('is the last that is done, in order, and part of the transaction', async () => {
    const app = anApp();
    const done: string[] = [];
    const node = typeOrmStores(await database.another());
    await stores.transactions.run(async () => {
      const own = await connection();
      const last = (name: string) =>
        stores.transactions.beforeCommit(async () => {
          expect(await connection()).toBe(own);
          done.push(name);
        });
      await last('first');
      await stores.transactions.run(() => last('second'));
      await stores.transactions.beforeCommit(async () => void (await last('added by the third')));
      await stores.transactions.afterCommit(async () => void done.push('after'));
      await stores.apps.insert(app);
      done.push('work');
    });
    expect(done).toEqual(['work', 'first', 'second', 'added by the third', 'after']);
    expect(await node.apps.find(app.id)).toBeDefined();
  });

  it('undoes everything when it fails, and what comes after it is not done', async () => {
    const [app, other] = [anApp(), anApp()];
    const done: string[] = [];
    const failing = [
      async () => Promise.reject(new ChangedMyMind()),
      async () => void (await stores.transactions.rows('SELECT nonsense').catch(() => undefined)),
    ];
    for (const fail of failing) {
      const work = stores.transactions.run(async () => {
        await stores.apps.insert(app);
        await stores.transactions.beforeCommit(async () => void (await stores.apps.insert(other)));
        await stores.transactions.beforeCommit(fail);
        await stores.transactions.afterCommit(async () => void done.push('after'));
      });
      expect(await settled(work)).toBeInstanceOf(Error);
    }
    expect(await stores.apps.find(app.id)).toBeUndefined();
    expect(await stores.apps.find(other.id)).toBeUndefined();
    expect(done).toEqual([]);
  });

  it('is not done when the work has failed, even if the caller went on', async () => {
    const done: string[] = [];
    const work = stores.transactions.run(async () => {
      await stores.transactions.beforeCommit(async () => void done.push('before'));
      await settled(stores.transactions.run(async () => Promise.reject(new ChangedMyMind())));
    });
    await expect(work).rejects.toBeInstanceOf(ChangedMyMind);
    expect(done).toEqual([]);
  });

  it('is done at once, in a transaction of its own, where none is running', async () => {
    const app = anApp();
    const work = stores.transactions.beforeCommit(async () => {
      expect(stores.transactions.manager.queryRunner?.isTransactionActive).toBe(true);
      await stores.apps.insert(app);
      throw new ChangedMyMind();
    });
    await expect(work).rejects.toBeInstanceOf(ChangedMyMind);
    expect(await stores.apps.find(app.id)).toBeUndefined();
  });
});
