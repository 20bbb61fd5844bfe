import { PORTCULLIS_MIGRATIONS, typeOrmStores, type TypeOrmStores } from '@portcullis/nest/typeorm';
import { describeOnEachDatabase, type OpenedDatabase } from '../support/databases.js';
import { anApp } from '../support/registry-records.js';

class Failed extends Error {}

describeOnEachDatabase('one at a time', (open, kind) => {
  let database: OpenedDatabase;
  let stores: TypeOrmStores;
  beforeAll(async () => {
    database = await open({ migrations: PORTCULLIS_MIGRATIONS });
    stores = typeOrmStores(database.dataSource);
  });
  afterAll(() => database.close());

  it('does the work in one transaction, and says so', async () => {
    const app = anApp();
    const done = await stores.oneAtATime.run('work', async () => {
      await stores.apps.insert(app);
      const [row] = await stores.transactions.rows<{ busy: boolean }>(
        `SELECT pg_current_xact_id_if_assigned() IS NOT NULL AS busy`,
      );
      expect(row).toEqual({ busy: true });
    });
    expect(done).toBe(true);
    expect(await stores.apps.find(app.id)).toBeDefined();
  });

  it('undoes work that fails, throws what it threw, and lets others have the name', async () => {
    const app = anApp();
    const failed = stores.oneAtATime.run('work', async () => {
      await stores.apps.insert(app);
      throw new Failed();
    });
    await expect(failed).rejects.toBeInstanceOf(Failed);
    expect(await stores.apps.find(app.id)).toBeUndefined();
    expect(await stores.oneAtATime.run('work', async () => undefined)).toBe(true);
  });

  // The embedded database belongs to one process, which has one connection to it.
  if (kind !== 'server') return;

  /** What another node is answered while this one is at work under a name. */
  async function answerTo(name: string, node: TypeOrmStores): Promise<{ done: boolean; worked: boolean }> {
    let worked = false;
    let done = false;
    await stores.oneAtATime.run('work', async () => {
      done = await node.oneAtATime.run(name, async () => {
        worked = true;
      });
    });
    return { done, worked };
  }

  it('turns another node away at once, and does not keep it out afterwards', async () => {
    const node = typeOrmStores(await database.another());
    expect(await answerTo('work', node)).toEqual({ done: false, worked: false });
    expect(await node.oneAtATime.run('work', async () => undefined)).toBe(true);
  });

  it('lets other work go on, and the same work on other tables', async () => {
    const done = { done: true, worked: true };
    expect(await answerTo('other work', typeOrmStores(await database.another()))).toEqual(done);
    const apart = await open({ migrations: PORTCULLIS_MIGRATIONS });
    expect(await answerTo('work', typeOrmStores(apart.dataSource))).toEqual(done);
    await apart.close();
  });

  it('lets go of the name when whoever is at work is cut off', async () => {
    const dying = typeOrmStores(await database.another());
    const node = typeOrmStores(await database.another());
    const cutOff = dying.oneAtATime.run('work', async () => {
      const [row] = await dying.transactions.rows<{ pid: number }>('SELECT pg_backend_pid() AS pid');
      expect(await node.oneAtATime.run('work', async () => undefined)).toBe(false);
      // Waits until it has ended: whoever is cut off hears of it before the server lets go.
      await stores.transactions.rows('SELECT pg_terminate_backend($1, 20000)', [row?.pid]);
      await dying.transactions.rows('SELECT 1');
    });
    await expect(cutOff).rejects.toThrow();
    expect(await node.oneAtATime.run('work', async () => undefined)).toBe(true);
  });
});
