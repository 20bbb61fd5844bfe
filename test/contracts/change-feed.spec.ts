import { setTimeout as delay } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { PORTCULLIS_MIGRATIONS, PostgresAnnouncements, typeOrmStores } from '@portcullis/nest/typeorm';
import { LocalAnnouncements } from '../../libs/nest/src/stores/memory/index.js';
import { describeOnEachDatabase, type OpenedDatabase } from '../support/databases.js';
import { aChange, feedNode, until, type FeedNodeParts } from '../support/feed-node.js';
import { HeldClock } from '../support/held-clock.js';

beforeAll(() => Logger.overrideLogger(false));

describeOnEachDatabase('the change feed', (open, kind) => {
  let database: OpenedDatabase;
  let clock: HeldClock;
  const started: ReturnType<typeof feedNode>[] = [];

  beforeAll(async () => {
    database = await open({ migrations: PORTCULLIS_MIGRATIONS });
  });
  beforeEach(async () => {
    await database.dataSource.query('TRUNCATE portcullis_changes RESTART IDENTITY');
    clock = new HeldClock();
  });
  afterEach(() => {
    for (const { feed } of started.splice(0)) feed.onApplicationShutdown();
  });
  afterAll(() => database.close());

  const start = async (parts: Partial<FeedNodeParts> = {}) => {
    const node = feedNode({ dataSource: database.dataSource, clock, ...parts });
    started.push(node);
    await node.feed.onApplicationBootstrap();
    return node;
  };

  it('tells this node’s listeners after the commit and before the transaction resolves, each once', async () => {
    const node = await start();
    await node.transactions.run(async () => {
      await node.feed.record([aChange('first'), aChange('second')]);
      expect(node.heard).toEqual([]);
    });
    expect(node.heardIds()).toEqual(['first', 'second']);
    await node.feed.catchUp();
    expect(node.heardIds()).toEqual(['first', 'second']);
  });

  it('records alone where no transaction is running', async () => {
    const node = await start();
    await node.feed.record([aChange('alone')]);
    expect(node.heardIds()).toEqual(['alone']);
  });

  it('tells nobody of what was undone', async () => {
    const [node, other] = [await start(), await start()];
    const work = node.transactions.run(async () => {
      await node.feed.record([aChange('undone')]);
      throw new Error('undone');
    });
    await expect(work).rejects.toThrow('undone');
    await Promise.all([node.feed.catchUp(), other.feed.catchUp()]);
    expect([node.heard, other.heard]).toEqual([[], []]);
  });

  it('undoes everything when it cannot be recorded', async () => {
    const failing = { append: () => Promise.reject(new Error('full')) };
    const node = await start({ store: (stored) => Object.assign(Object.create(stored), failing) });
    const { transactions } = node;
    const work = transactions.run(async () => {
      await node.feed.record([aChange('lost')]);
      await transactions.rows(`INSERT INTO portcullis_changes (kind, subject, recorded_at, expires_at)
        VALUES ('app', 'beside', now(), now())`);
    });
    await expect(work).rejects.toThrow('full');
    expect(await typeOrmStores(database.dataSource).changes.after(0, 10)).toEqual([]);
    expect(node.heard).toEqual([]);
  });

  it('tells the others when one listener fails', async () => {
    const node = await start();
    node.feed.listen(() => {
      throw new Error('a listener of the host');
    });
    const heard: unknown[] = [];
    node.feed.listen((announced) => heard.push(announced));
    await node.feed.record([aChange('app')]);
    expect([node.heard.length, heard.length]).toEqual([1, 1]);
  });

  it('tells a node that starts what was recorded before', async () => {
    const node = await start();
    await node.feed.record([aChange('before')]);
    expect((await start()).heardIds()).toEqual(['before']);
  });

  it('reaches another node that is poked, and one that is deaf by polling', async () => {
    const announcements = new LocalAnnouncements();
    const [node, poked] = [await start({ announcements }), await start({ announcements })];
    const deaf = await start({ pollMs: 50 });
    await node.feed.record([aChange('app')]);
    await until(() => poked.heard.length > 0 && deaf.heard.length > 0);
    expect([poked.heardIds(), deaf.heardIds()]).toEqual([['app'], ['app']]);
  });

  it('leaves nothing out and tells nothing twice, however often it is poked', async () => {
    const announcements = new LocalAnnouncements();
    const [node, other] = [await start({ announcements }), await start({ announcements, pollMs: 20 })];
    const ids = Array.from({ length: 60 }, (_, at) => `app-${at}`);
    await Promise.all(ids.map((id) => node.feed.record([aChange(id)])));
    await other.feed.catchUp();
    expect(other.heardIds().toSorted()).toEqual(ids.toSorted());
  });

  it('never skips a change that is committed late under a small number', async () => {
    const node = await start();
    const { dataSource } = database;
    const [taken] = await dataSource.query(`SELECT nextval('portcullis_change_sequence') AS sequence`);
    await typeOrmStores(dataSource).changes.append([aChange('greater')], new Date());
    await node.feed.catchUp();
    clock.advance(9);
    await node.feed.catchUp();
    await dataSource.query(
      `INSERT INTO portcullis_changes (sequence, kind, subject, recorded_at, expires_at)
       VALUES ($1, 'app', 'late', now(), now())`,
      [taken.sequence],
    );
    await node.feed.catchUp();
    expect(node.heardIds()).toEqual(['greater', 'late']);
    // And not again once that, too, was read long ago.
    clock.advance(11);
    await node.feed.catchUp();
    await node.feed.catchUp();
    expect(node.heardIds()).toEqual(['greater', 'late']);
  });

  if (kind === 'server') {
    it('never skips one whose transaction took its number first and commits last, past the lock', async () => {
      const node = await start({ pollMs: 50 });
      const slow = (await database.another()).createQueryRunner();
      await slow.startTransaction();
      await slow.query(`INSERT INTO portcullis_changes (kind, subject, recorded_at, expires_at)
        VALUES ('app', 'late', now(), now())`);
      await typeOrmStores(await database.another()).changes.append([aChange('greater')], new Date());
      await until(() => node.heard.length > 0);
      await slow.commitTransaction();
      await slow.release();
      await until(() => node.heard.length > 1);
      expect(node.heardIds()).toEqual(['greater', 'late']);
    });

    it('reaches another node by the database’s own announcements', async () => {
      const announcements = [1, 2].map(() => new PostgresAnnouncements(database.dataSource));
      const [node, other] = await Promise.all(announcements.map((one) => start({ announcements: one })));
      await delay(200);
      await node?.feed.record([aChange('app')]);
      await until(() => (other?.heard.length ?? 0) > 0);
      for (const one of announcements) await one.close();
    });
  }
});
