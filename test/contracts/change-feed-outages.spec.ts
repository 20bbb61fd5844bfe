import { setTimeout as delay } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { PORTCULLIS_MIGRATIONS, typeOrmStores } from '@portcullis/nest/typeorm';
import type { ChangeStore, RecordedChange } from '../../libs/nest/src/state/index.js';
import { describeOnOneDatabase, type OpenedDatabase } from '../support/databases.js';
import { aChange, feedNode, STALE_AFTER_MS, until, type FeedNodeParts } from '../support/feed-node.js';
import { HeldClock } from '../support/held-clock.js';

type After = ChangeStore['after'];

class DriverMishap extends Error {}

/** A store that reads as the test says, and the database's otherwise. */
class Reading {
  instead: After | undefined;

  readonly over = (stored: ChangeStore): ChangeStore => {
    const after: After = (...asked) => this.instead?.(...asked) ?? stored.after(...asked);
    return Object.assign(Object.create(stored) as ChangeStore, { after });
  };
}

describeOnOneDatabase('the change feed while the store is away', (open) => {
  let database: OpenedDatabase;
  let clock: HeldClock;
  let logged: string[];
  const started: ReturnType<typeof feedNode>[] = [];

  beforeAll(async () => {
    database = await open({ migrations: PORTCULLIS_MIGRATIONS });
  });
  beforeEach(async () => {
    await database.dataSource.query('TRUNCATE portcullis_changes RESTART IDENTITY');
    clock = new HeldClock();
    logged = [];
    const log = (said: unknown) => void logged.push(String(said));
    Logger.overrideLogger({ log, warn: log, error: log });
  });
  afterEach(() => {
    Logger.overrideLogger(false);
    for (const { feed } of started.splice(0)) feed.onApplicationShutdown();
  });
  afterAll(() => database.close());

  const start = async (parts: Partial<FeedNodeParts> = {}) => {
    const node = feedNode({ dataSource: database.dataSource, clock, ...parts });
    started.push(node);
    await node.feed.onApplicationBootstrap();
    return node;
  };
  const append = (id: string) => typeOrmStores(database.dataSource).changes.append([aChange(id)], new Date());
  const away: After = () => Promise.reject(new DriverMishap('password=hunter2'));

  it('is as old as the beginning of the last reading that ended', async () => {
    const node = await start();
    expect(node.ageMs()).toBe(0);
    clock.advance(7);
    expect(node.ageMs()).toBe(7_000);
    const reading = node.feed.catchUp();
    await Promise.resolve();
    await Promise.resolve();
    clock.advance(2);
    await reading;
    expect(node.ageMs()).toBe(2_000);
  });

  it('has heard nothing while the first reading has failed, and starts all the same', async () => {
    const reading = new Reading();
    reading.instead = away;
    const node = await start({ store: reading.over, pollMs: 50 });
    expect(node.ageMs()).toBe(Infinity);
    await append('before');
    reading.instead = undefined;
    await until(() => node.ageMs() === 0);
    expect(node.heardIds()).toEqual(['before']);
  });

  it('says so once, without what the error says, and once that it is over', async () => {
    const reading = new Reading();
    const node = await start({ store: reading.over });
    reading.instead = away;
    for (let at = 0; at < 5; at++) await node.feed.catchUp();
    reading.instead = undefined;
    for (let at = 0; at < 5; at++) await node.feed.catchUp();
    expect(logged).toEqual(['The change feed cannot be read: DriverMishap', 'The change feed is read again']);
  });

  it('says after a long silence that everything may have changed, before anything else', async () => {
    const reading = new Reading();
    const node = await start({ store: reading.over });
    reading.instead = away;
    clock.advance(STALE_AFTER_MS / 1000);
    await node.feed.catchUp();
    await append('meanwhile');
    reading.instead = undefined;
    clock.advance(1);
    await node.feed.catchUp();
    expect(node.heardIds()).toEqual(['everything', 'meanwhile']);
    clock.advance(STALE_AFTER_MS / 1000);
    await node.feed.catchUp();
    expect(node.heardIds()).toEqual(['everything', 'meanwhile']);
  });

  it('gives up a reading that hangs, and loses nothing of what its late answer holds', async () => {
    const reading = new Reading();
    const node = await start({ store: reading.over, pollMs: 100 });
    let answer: (changes: RecordedChange[]) => void = () => undefined;
    let asked = 0;
    reading.instead = () => {
      asked++;
      return new Promise((resolve) => (answer = resolve));
    };
    await until(() => asked === 1);
    const recorded = await append('meanwhile');
    clock.advance(3);
    // Real time: the deadline of a reading is two seconds. It may have begun before `append` was done.
    await until(() => asked > 1);
    expect([node.ageMs(), node.heard]).toEqual([3_000, []]);
    reading.instead = undefined;
    answer([]);
    // Not until the age is 0: the answer above ends it, and what was appended is read next.
    await until(() => node.heard.length > 0);
    expect([node.ageMs(), node.heardIds()]).toEqual([0, ['meanwhile']]);
    answer([...recorded]);
    await delay(50);
    expect(node.heardIds()).toEqual(['meanwhile']);
  });

  it('does not take what an abandoned reading answers for news of now', async () => {
    const reading = new Reading();
    const node = await start({ store: reading.over, pollMs: 100 });
    const answers: ((changes: RecordedChange[]) => void)[] = [];
    reading.instead = () => new Promise((resolve) => answers.push(resolve));
    await until(() => answers.length === 1);
    clock.advance(3);
    await until(() => answers.length === 2);
    answers[0]?.([]);
    await delay(100);
    expect(node.ageMs()).toBe(3_000);
  });

  it('does not look younger when the clock is set back', async () => {
    const reading = new Reading();
    const node = await start({ store: reading.over, pollMs: 30 });
    await delay(100);
    reading.instead = away;
    await until(() => logged.length > 0);
    clock.advance(50);
    await delay(100);
    clock.advance(-3_600);
    await delay(100);
    expect(node.ageMs()).toBe(50_000);
    clock.advance(11);
    expect(node.ageMs()).toBe(61_000);
  });

  it('reads once for all who ask while it reads, and once more', async () => {
    const reading = new Reading();
    const node = await start({ store: reading.over });
    let asked = 0;
    let answer: () => void = () => undefined;
    reading.instead = () => {
      asked++;
      return new Promise((resolve) => (answer = () => resolve([])));
    };
    const first = node.feed.catchUp();
    await until(() => asked === 1);
    const others = Array.from({ length: 20 }, () => node.feed.catchUp());
    answer();
    await until(() => asked === 2);
    answer();
    await Promise.all([first, ...others]);
    expect(asked).toBe(2);
  });

  it('reads no more after the end', async () => {
    const reading = new Reading();
    const node = await start({ store: reading.over, pollMs: 20 });
    node.feed.onApplicationShutdown();
    let asked = 0;
    reading.instead = async () => {
      asked++;
      return [];
    };
    await delay(100);
    await node.feed.catchUp();
    expect([asked, logged]).toEqual([0, []]);
  });
});
