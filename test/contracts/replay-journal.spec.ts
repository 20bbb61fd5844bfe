import type { DataSource } from 'typeorm';
import type { ReplayPast } from '../../libs/nest/src/pipeline/index.js';
import { SystemClock } from '../../libs/nest/src/pipeline/index.js';
import { CreateReplayJournal1764000000100 } from '../../libs/nest/src/stores/typeorm/migrations/1764000000100-create-replay-journal.js';
import { ReplayJournalInUse } from '../../libs/nest/src/stores/typeorm/replay-journal-in-use.js';
import { TypeOrmReplayJournal } from '../../libs/nest/src/stores/typeorm/typeorm-replay-journal.js';
import { describeOnEachDatabase, type OpenedDatabase } from '../support/databases.js';

const T = 1_764_000_000_000;
const FAR = Date.now() + 3_600_000;

describeOnEachDatabase('the replay journal', (open) => {
  let database: OpenedDatabase;
  let another: DataSource;

  beforeAll(async () => {
    database = await open({ migrations: [CreateReplayJournal1764000000100] });
    another = await database.another();
  });

  afterAll(() => database.close());

  beforeEach(async () => {
    await database.dataSource.query('TRUNCATE portcullis_replay_journal, portcullis_parked_claims');
  });

  /** As the database is: the embedded one has a single process, a server has many. */
  const journalOn = (dataSource: DataSource) =>
    new TypeOrmReplayJournal(dataSource, {
      databaseIsOpenTo: database.dataSource === another ? 'this-process' : 'many-processes',
      clock: new SystemClock(),
    });
  /** One whose predecessor is known to be gone. */
  const successor = () =>
    new TypeOrmReplayJournal(another, { databaseIsOpenTo: 'this-process', clock: new SystemClock() });
  const opened = async (journal = successor()) => (await journal.open(), journal);

  /** As one that lives is heard of. What it returns ends that, and resolves when nothing of it is under way. */
  function beating(beat: () => Promise<unknown>): () => Promise<void> {
    let underWay: Promise<unknown> = Promise.resolve();
    const timer = setInterval(() => (underWay = Promise.all([underWay, beat()])), 1_000);
    return async () => {
      clearInterval(timer);
      await underWay;
    };
  }

  it('knows of no past on a first start', async () => {
    expect(await journalOn(database.dataSource).open()).toEqual({ kind: 'none' });
  });

  it('knows that nothing was admitted when the first life ended before it began to admit', async () => {
    await opened();
    expect(await successor().open()).toEqual({ kind: 'lost', admittedUntil: 0 });
  });

  it('remembers after a crash up to when the last life may have admitted', async () => {
    const journal = await opened();
    await journal.raise(T);
    await journal.raise(T + 5_000.25);
    expect(await successor().open()).toEqual({ kind: 'lost', admittedUntil: T + 5_001 });
  });

  it('never lets the mark sink', async () => {
    const journal = await opened();
    await journal.raise(T);
    await journal.raise(T - 60_000);
    expect(await successor().open()).toEqual({ kind: 'lost', admittedUntil: T });
  });

  it('hands parked claims to the next life once, and leaves out what has expired', async () => {
    const journal = await opened();
    await journal.raise(T);
    const kept = Array.from({ length: 10_001 }, (_, index) => ({
      key: `"kept", ${index}\\`,
      expiresAt: FAR,
    }));
    await journal.park({ forgottenUntil: 7, claims: [...kept, { key: 'expired', expiresAt: 1 }] });

    const next = successor();
    const past = (await next.open()) as Extract<ReplayPast, { kind: 'parked' }>;
    expect({ ...past, claims: past.claims.length }).toEqual({
      kind: 'parked',
      forgottenUntil: 7,
      claims: 10_001,
    });
    expect(new Set(past.claims.map(({ key }) => key))).toEqual(new Set(kept.map(({ key }) => key)));
    expect(past.claims.every(({ expiresAt }) => expiresAt === FAR)).toBe(true);

    await next.park({ forgottenUntil: 8, claims: [] });
    expect(await successor().open()).toEqual({ kind: 'parked', forgottenUntil: 8, claims: [] });
  });

  it('covers what was parked with the mark, when the next life ends before it raised it', async () => {
    const journal = await opened();
    await journal.raise(T);
    await journal.park({ forgottenUntil: T + 9_000, claims: [{ key: 'a', expiresAt: FAR }] });
    await opened();
    expect(await successor().open()).toEqual({ kind: 'lost', admittedUntil: T + 9_000 });
  });

  it('tells exactly one of many that come at the same time that it is the first', async () => {
    const sources = [database.dataSource, another];
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => journalOn(sources[index % 2] as DataSource).share()),
    );
    expect(answers.filter((past) => past === 'nobody')).toHaveLength(1);
    expect(new Set(answers)).toEqual(new Set(['nobody', 'shared']));
    expect(await successor().share()).toBe('shared');
  });

  it('knows nothing of what a shared memory admitted, until a life of its own says better', async () => {
    expect(await successor().share()).toBe('nobody');
    expect(await successor().open()).toEqual({ kind: 'lost', admittedUntil: undefined });
    const journal = successor();
    expect(await journal.open()).toEqual({ kind: 'lost', admittedUntil: undefined });
    await journal.raise(T);
    expect(await successor().open()).toEqual({ kind: 'lost', admittedUntil: T });
  });

  it('ends the life of a memory of one process when a shared one begins', async () => {
    const journal = await opened();
    expect(await journalOn(another).share()).toBe('single');
    await expect(journal.raise(T)).rejects.toThrow(ReplayJournalInUse);
    await expect(journal.park({ forgottenUntil: 0, claims: [] })).rejects.toThrow(ReplayJournalInUse);
    expect(await successor().open()).toEqual({ kind: 'lost', admittedUntil: undefined });
  });

  it('refuses a memory of one process while nodes share one, and tells them when it takes over', async () => {
    const sharing = journalOn(database.dataSource);
    expect(await sharing.share()).toBe('nobody');
    if (database.dataSource !== another) {
      const fallSilent = beating(() => sharing.isStillShared());
      await expect(journalOn(another).open()).rejects.toThrow(/keeps its replay state in Redis/);
      await fallSilent();
    }
    expect(await sharing.isStillShared()).toBe(true);
    const single = await opened();
    expect(await sharing.isStillShared()).toBe(false);
    await single.park({ forgottenUntil: 0, claims: [] });
    expect(await sharing.share()).toBe('single');
  });

  it('refuses a second process while the first is heard of, and lets it take over a silent one', async () => {
    const first = await opened(journalOn(database.dataSource));
    await first.raise(T);
    const second = journalOn(another);
    if (database.dataSource !== another) {
      const fallSilent = beating(() => first.raise(T));
      await expect(second.open()).rejects.toThrow(/another node keeps its replay state in memory/i);
      await fallSilent();
    }
    expect(await second.open()).toEqual({ kind: 'lost', admittedUntil: T });
    await expect(first.raise(T + 1)).rejects.toThrow(ReplayJournalInUse);
    await expect(first.park({ forgottenUntil: 0, claims: [] })).rejects.toThrow(ReplayJournalInUse);
    await second.raise(T + 2);
  });

  it('gives one life to two processes that start at the same time on a server', async () => {
    const [first, second] = [journalOn(database.dataSource), journalOn(another)];
    const lives = [first, second].map(async (journal) => {
      await journal.open();
      await journal.raise(T);
      const heartbeat = setInterval(() => void journal.raise(T).catch(() => undefined), 1_000);
      await new Promise((resolve) => setTimeout(resolve, 6_000));
      clearInterval(heartbeat);
      await journal.raise(T);
    });
    const ended = await Promise.allSettled(lives);
    expect(ended.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(ended.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: expect.any(ReplayJournalInUse),
    });
  });

  it('leaves nothing behind when its migration is taken back', async () => {
    const { dataSource } = database;
    await dataSource.undoLastMigration();
    const [{ count }] = await dataSource.query(
      `SELECT count(*)::int AS count FROM pg_class WHERE relname IN ('portcullis_replay_journal', 'portcullis_parked_claims')
        AND relnamespace = current_schema()::regnamespace`,
    );
    expect(count).toBe(0);
    await dataSource.runMigrations();
  });
});
