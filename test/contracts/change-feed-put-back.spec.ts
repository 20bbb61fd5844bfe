import { Logger } from '@nestjs/common';
import { PORTCULLIS_MIGRATIONS, typeOrmStores } from '@portcullis/nest/typeorm';
import { describeOnEachDatabase, type OpenedDatabase } from '../support/databases.js';
import { aChange, feedNode, until, type FeedNodeParts } from '../support/feed-node.js';
import { HeldClock } from '../support/held-clock.js';

/** After that a change may be over, and no node has been silent for long. */
const OVER_SECONDS = 50;

beforeAll(() => Logger.overrideLogger(false));

describeOnEachDatabase('a change feed that is put back to an earlier state', (open) => {
  let database: OpenedDatabase;
  let clock: HeldClock;
  let node: ReturnType<typeof feedNode>;

  beforeAll(async () => {
    database = await open({ migrations: PORTCULLIS_MIGRATIONS });
  });
  beforeEach(async () => {
    await database.dataSource.query('TRUNCATE portcullis_changes RESTART IDENTITY');
    clock = new HeldClock();
    await start();
  });
  afterEach(() => node.feed.onApplicationShutdown());
  afterAll(() => database.close());

  const start = async (parts: Partial<FeedNodeParts> = {}) => {
    node = feedNode({ dataSource: database.dataSource, clock, ...parts });
    await node.feed.onApplicationBootstrap();
  };
  const append = async (...ids: string[]) => {
    for (const id of ids) await typeOrmStores(database.dataSource).changes.append([aChange(id)], new Date());
  };
  /** As a backup of that time has it. */
  const putBackTo = async (sequence: number) => {
    await database.dataSource.query('DELETE FROM portcullis_changes WHERE sequence > $1', [sequence]);
    await database.dataSource.query(`SELECT setval('portcullis_change_sequence', $1)`, [sequence]);
  };
  const heardSince = async (work: () => Promise<void>) => {
    node.heard.length = 0;
    await work();
    await node.feed.catchUp();
    return node.heardIds();
  };

  it.each([
    ['fewer', ['x']],
    ['as many', ['x', 'y', 'z']],
    ['more', ['v', 'w', 'x', 'y', 'z']],
  ])('is read from its beginning where %s have come since than were lost', async (_, since) => {
    await append('kept', 'lost-1', 'lost-2', 'lost-3');
    await node.feed.catchUp();
    const heard = await heardSince(async () => {
      await putBackTo(1);
      await append(...since);
    });
    expect(heard).toEqual(['everything', 'kept', ...since]);
    expect(await heardSince(() => append('after'))).toEqual(['after']);
  });

  it.each([[['x']], [['w', 'x', 'y', 'z']]])(
    'however long ago the lost ones were read: %j',
    async (since) => {
      await append('kept', 'lost-1', 'lost-2');
      await node.feed.catchUp();
      for (let seconds = 0; seconds < 30; seconds += 11) {
        clock.advance(11);
        expect(await heardSince(async () => undefined)).toEqual([]);
      }
      const heard = await heardSince(async () => {
        await putBackTo(1);
        await append(...since);
      });
      expect(heard).toEqual(['everything', 'kept', ...since]);
    },
  );

  it('where what it lost was this node’s own, and not read yet', async () => {
    await append('kept');
    await node.feed.catchUp();
    const heard = await heardSince(async () => {
      await node.feed.record([aChange('own')]);
      await putBackTo(1);
      await append('other');
    });
    expect(heard).toEqual(['own', 'everything', 'kept', 'other']);
  });

  it('where it lost everything, and nothing has come since', async () => {
    await append('lost');
    await node.feed.catchUp();
    expect(
      await heardSince(async () => {
        await database.dataSource.query('TRUNCATE portcullis_changes RESTART IDENTITY');
      }),
    ).toEqual(['everything']);
    expect(await heardSince(() => append('first'))).toEqual(['first']);
  });

  it('is known by its numbers where the last one was over', async () => {
    await append('kept', 'over');
    await node.feed.catchUp();
    clock.advance(OVER_SECONDS);
    expect(
      await heardSince(async () => {
        await putBackTo(1);
      }),
    ).toEqual(['everything', 'kept']);
  });

  it('is not taken for one whose last change is over and removed', async () => {
    await append('kept', 'over');
    await node.feed.catchUp();
    clock.advance(OVER_SECONDS);
    const { changes } = typeOrmStores(database.dataSource);
    const heard = await heardSince(async () => {
      expect(await changes.removeExpired(new Date(Date.now() + 120_000))).toBe(2);
      expect(await changes.lastSequence()).toBe(2);
    });
    expect(heard).toEqual([]);
    expect(await heardSince(() => append('next'))).toEqual(['next']);
  });

  it('is not believed to be fresh while nobody says which number was the last', async () => {
    node.feed.onApplicationShutdown();
    const lastSequence = async () => undefined as unknown as number;
    await start({ store: (stored) => Object.assign(Object.create(stored), { lastSequence }), pollMs: 50 });
    await append('over');
    await until(() => node.heard.length > 0);
    clock.advance(OVER_SECONDS);
    await until(() => node.ageMs() === 0);
    await database.dataSource.query('DELETE FROM portcullis_changes');
    clock.advance(1);
    await node.feed.catchUp();
    await node.feed.catchUp();
    expect([node.ageMs(), node.heardIds()]).toEqual([1_000, ['over']]);
  });

  it('numbers nothing before the first', async () => {
    expect(await typeOrmStores(database.dataSource).changes.lastSequence()).toBe(0);
  });
});
