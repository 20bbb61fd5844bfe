import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { SystemClock, type ReplayJournal } from '../../libs/nest/src/pipeline/index.js';
import { JournaledClaimStore, MemoryClaimStore } from '../../libs/nest/src/stores/memory/index.js';
import { TypeOrmReplayJournal } from '../../libs/nest/src/stores/typeorm/typeorm-replay-journal.js';
import {
  behavesLikeAClaimStore,
  claim,
  commit,
  COMMITTED,
  MAX_AHEAD_MS,
  settlesWithin,
  SettableClock,
  TABLES,
  UNAVAILABLE,
} from '../support/claim-stores.js';
import { describeOnEachDatabase, type OpenedDatabase } from '../support/databases.js';
import { until } from '../support/feed-node.js';

beforeAll(() => Logger.overrideLogger(false));

describe('claims in memory', () => {
  behavesLikeAClaimStore(async (clock) => ({
    store: new MemoryClaimStore(clock, { forgottenUntil: 0 }),
    close: async () => undefined,
  }));

  it('refuses what was issued before its memory begins', async () => {
    const forgottenUntil = Date.now();
    const store = new MemoryClaimStore(new SystemClock(), { forgottenUntil });
    const old = claim(randomUUID(), forgottenUntil);
    expect(await commit(store, claim(randomUUID(), forgottenUntil + 1), old)).toEqual({
      outcome: 'forgotten',
      claim: old,
    });
    expect(await commit(store, claim(old.key, forgottenUntil + 1))).toEqual(COMMITTED);
  });

  it('[C06] admits nothing again when the clock was ahead for one commit, and is set back', async () => {
    const clock = new SettableClock();
    const store = new MemoryClaimStore(clock, { forgottenUntil: 0 });
    const admitted = claim();
    await commit(store, admitted);
    clock.offsetMs = 120_000;
    await commit(store, claim(randomUUID(), clock.now()));
    clock.offsetMs = 0;
    expect(await commit(store, admitted)).toEqual({ outcome: 'forgotten', claim: admitted });
  });

  it('[C07] holds so many claims and no more, and answers 503 beyond until some have ended', async () => {
    const clock = new SettableClock();
    const store = new MemoryClaimStore(clock, { forgottenUntil: 0, capacity: 3 });
    for (let held = 0; held < 3; held++) await commit(store, claim());
    await expect(commit(store, claim())).rejects.toMatchObject(UNAVAILABLE);
    expect(store.size).toBe(3);
    clock.offsetMs += 62_000;
    expect(await commit(store, claim(randomUUID(), clock.now()))).toEqual(COMMITTED);
    expect(store.size).toBe(1);
  });
});

describeOnEachDatabase('claims in a memory with a journal', (open) => {
  let database: OpenedDatabase;
  let clock: SettableClock;
  const opened: JournaledClaimStore[] = [];
  const warnings: string[] = [];

  beforeAll(async () => (database = await open(TABLES)));
  afterAll(() => database.close());

  beforeEach(async () => {
    await database.dataSource.query('TRUNCATE portcullis_replay_journal, portcullis_parked_claims');
    clock = new SettableClock();
    warnings.length = 0;
  });

  afterEach(async () => {
    for (const store of opened.splice(0)) await store.onApplicationShutdown();
  });

  /** Its predecessor is gone without a word, or has parked. */
  const journal = () =>
    new TypeOrmReplayJournal(database.dataSource, { databaseIsOpenTo: 'this-process', clock });

  function unopened(on: ReplayJournal = journal()): JournaledClaimStore {
    const store = new JournaledClaimStore({
      clock,
      journal: on,
      maxAheadMs: MAX_AHEAD_MS,
      logger: { warn: (message: string) => warnings.push(message) },
    });
    opened.push(store);
    return store;
  }

  async function started(on?: ReplayJournal): Promise<JournaledClaimStore> {
    const store = unopened(on);
    await store.onModuleInit();
    return store;
  }

  behavesLikeAClaimStore(async () => ({ store: await started(), close: async () => undefined }));

  it('admits at once on a first start, and without waiting for anything', async () => {
    const store = await started();
    expect(store.commit([claim()])).toEqual(COMMITTED);
    expect(store.commit([claim(randomUUID(), Date.now() - 50_000)])).toEqual(COMMITTED);
    expect(warnings).toEqual([]);
  });

  it('[C06] refuses after a crash what may have been admitted before it, and admits again within 5 s', async () => {
    const first = await started();
    const before = [
      claim(),
      claim(randomUUID(), Date.now() + 2_500),
      claim(randomUUID(), Date.now() - 50_000),
    ];
    for (const one of before) expect(await commit(first, one)).toEqual(COMMITTED);

    const second = await started();
    const crashedAt = Date.now();
    for (const one of before) expect(await commit(second, one)).toMatchObject({ outcome: 'forgotten' });
    let fresh = claim();
    while ((await commit(second, fresh)).outcome !== 'committed') {
      expect(fresh.issuedAt - crashedAt).toBeLessThan(5_000);
      await delay(100);
      fresh = claim();
    }
    for (const one of before) expect(await commit(second, one)).toMatchObject({ outcome: 'forgotten' });
    expect(warnings.some((warning) => warning.includes('replay_state_lost'))).toBe(true);
  });

  it('goes on after a stop in order: used is used, fresh is admitted at once', async () => {
    const first = await started();
    const used = [claim(), claim(randomUUID(), Date.now() - 50_000)];
    for (const one of used) await commit(first, one);
    await first.onApplicationShutdown();

    const second = await started();
    for (const one of used) expect(second.commit([one])).toEqual({ outcome: 'used', claim: one });
    expect(second.commit([claim()])).toEqual(COMMITTED);
    expect(second.commit([claim(randomUUID(), Date.now() - 50_000)])).toEqual(COMMITTED);
  });

  it('carries on over a stop what it had forgotten', async () => {
    const first = await started();
    const admitted = claim();
    await commit(first, admitted);
    const second = await started();
    await second.onApplicationShutdown();
    const third = await started();
    expect(await commit(third, admitted)).toEqual({ outcome: 'forgotten', claim: admitted });
  });

  it('refuses everything that may have been issued when nobody knows what a shared memory admitted', async () => {
    await journal().share();
    const begunAt = Date.now();
    const last = claim(randomUUID(), begunAt + MAX_AHEAD_MS);
    // Should it crash before anybody asks, the one after it knows no less.
    await started();
    const store = await started();
    expect(await commit(store, last)).toEqual({ outcome: 'forgotten', claim: last });
    clock.offsetMs += MAX_AHEAD_MS;
    expect(await commit(store, claim(randomUUID(), Date.now() + MAX_AHEAD_MS + 1_000))).toEqual(COMMITTED);
  });

  it('admits a caller whose clock is ahead only after that is durable', async () => {
    const first = await started();
    const ahead = claim(randomUUID(), Date.now() + 9_500);
    const answers = await Promise.all(Array.from({ length: 50 }, () => commit(first, ahead, claim())));
    expect(answers.filter(({ outcome }) => outcome === 'committed')).toHaveLength(1);
    expect(await commit(await started(), ahead)).toEqual({ outcome: 'forgotten', claim: ahead });
  });

  it('admits nothing that no layer could have admitted', async () => {
    const store = await started();
    await expect(commit(store, claim(randomUUID(), Date.now() + 60_000))).rejects.toMatchObject(UNAVAILABLE);
    await expect(commit(store, claim(randomUUID(), Number.NaN))).rejects.toMatchObject(UNAVAILABLE);
  });

  it('answers 503 before it is opened and after it is stopped', async () => {
    const store = unopened();
    await expect(commit(store, claim())).rejects.toMatchObject(UNAVAILABLE);
    await store.onModuleInit();
    const late = expect(commit(store, claim(randomUUID(), Date.now() + 9_000))).rejects.toMatchObject(
      UNAVAILABLE,
    );
    await store.onApplicationShutdown();
    await late;
    await expect(commit(store, claim())).rejects.toMatchObject(UNAVAILABLE);
  });

  it('[N01] answers 503 while the journal does not answer, admits up to the durable mark, and goes on after', async () => {
    const store = await started();
    const underMark = claim();
    const isWarnedOf = (warning: string) => warning.includes('cannot be written');
    let letGo: () => void = () => undefined;
    const over = new Promise<void>((resolve) => (letGo = resolve));
    let held: Promise<void> | undefined;
    await new Promise<void>((isHeld, failed) => {
      held = database.dataSource.transaction(async (manager) => {
        await manager.query('SELECT 1 FROM portcullis_replay_journal FOR UPDATE');
        isHeld();
        await over;
      });
      held.catch(failed);
    });
    const ahead = claim(randomUUID(), Date.now() + 9_000);
    const refused = commit(store, ahead);
    expect(await settlesWithin(3_000, refused)).toBe(true);
    await expect(refused).rejects.toMatchObject(UNAVAILABLE);
    expect(store.commit([underMark])).toEqual(COMMITTED);
    await until(() => warnings.some(isWarnedOf));
    letGo();
    await held;
    expect(await commit(store, ahead)).toEqual(COMMITTED);
    expect(warnings.filter(isWarnedOf)).toHaveLength(1);
  });

  it('[N01] admits up to the durable mark and answers 503 beyond when it is the holder no more', async () => {
    const first = await started();
    expect(first.isUsable()).toBe(true);
    const underMark = claim();
    const second = await started();
    expect(first.commit([underMark])).toEqual(COMMITTED);
    await delay(3_300);
    await expect(commit(first, claim())).rejects.toMatchObject(UNAVAILABLE);
    await until(() => !first.isUsable() && second.isUsable());
    expect(warnings.filter((warning) => warning.includes('ReplayJournalInUse'))).toHaveLength(1);
    expect(await commit(second, claim())).toEqual(COMMITTED);
  });
});
