import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { KeyRing } from '@portcullis/nest';
import { FixedClock } from '@portcullis/nest/testing';
import { PORTCULLIS_MIGRATIONS } from '@portcullis/nest/typeorm';
import type { QueryRunner } from 'typeorm';
import { describeOnEachDatabase, type OpenedDatabase } from '../support/databases.js';
import { refreshNode, type RefreshNode } from '../support/refresh-node.js';
import { anApp, NOON } from '../support/registry-records.js';

const keyRing = new KeyRing([randomBytes(32)]);
const clock = new FixedClock(NOON);
/** It takes milliseconds, where nothing else keeps the machine busy. */
const PATIENCE_MS = 20_000;
/** Who waits for this connection, or for somebody who does. */
const WAITING = `WITH RECURSIVE line AS (
    SELECT pg_backend_pid() AS pid
    UNION SELECT lock.pid FROM pg_locks lock JOIN line ON line.pid = ANY (pg_blocking_pids(lock.pid)) WHERE NOT granted
  ) SELECT count(*)::int - 1 AS waiting FROM line`;

describeOnEachDatabase('refreshes at the same moment', (open, kind) => {
  let database: OpenedDatabase;
  let node: RefreshNode;
  let other: RefreshNode;
  let appId: string;

  beforeAll(async () => {
    database = await open({ migrations: PORTCULLIS_MIGRATIONS });
    node = refreshNode({ dataSource: database.dataSource, keyRing, clock });
    other = refreshNode({ dataSource: await database.another(), keyRing, clock });
    const app = anApp();
    await node.stores.apps.insert(app);
    appId = app.id;
  });
  afterAll(() => database.close());

  const generationOf = async (sessionId: string) => (await node.store.findLocked(sessionId))?.generation;

  it('[G04] rotate once for 20 callers over two nodes, who are all given the same successor', async () => {
    for (let round = 1; round <= 10; round++) {
      const { refreshToken, sessionId } = await node.start({ appId });
      const all = await Promise.all(
        Array.from({ length: 20 }, (_, at) => (at % 2 === 0 ? node : other).redeem(refreshToken, { appId })),
      );
      expect(new Set(all.map((one) => one.refreshToken)).size).toBe(1);
      expect(await generationOf(sessionId)).toBe(1);
      expect(await node.auditOf(sessionId)).toEqual([]);
    }
  });

  it('[G04] log nobody out when they go on from what they were given', async () => {
    const { refreshToken, sessionId } = await node.start({ appId });
    let tokens = Array.from({ length: 6 }, () => refreshToken);
    for (let round = 1; round <= 10; round++) {
      const all = await Promise.all(
        tokens.map((token, at) => (at % 2 === 0 ? node : other).redeem(token, { appId })),
      );
      tokens = all.map((one) => one.refreshToken);
      expect(await generationOf(sessionId)).toBe(round);
    }
  });

  it('end the session once where two nodes see its old token', async () => {
    const { refreshToken, sessionId } = await node.start({ appId });
    await node.redeem(refreshToken, { appId });
    clock.advance(60);
    const all = await Promise.all(
      Array.from({ length: 10 }, (_, at) => (at % 2 === 0 ? node : other).refusal(refreshToken, { appId })),
    );
    expect(all.filter(({ alarm }) => alarm)).toHaveLength(1);
    expect(await node.auditOf(sessionId)).toEqual(['refresh-token.reused']);
  });

  // The embedded database has one connection: nothing is ever under way beside something else.
  if (kind === 'embedded') return;

  /** A transaction that somebody else has open. */
  async function elsewhere(work: (runner: QueryRunner) => Promise<void>): Promise<void> {
    const runner = database.dataSource.createQueryRunner();
    await runner.startTransaction();
    try {
      await work(runner);
    } finally {
      await runner.commitTransaction();
      await runner.release();
    }
  }

  /** Until so many, or more, wait for what the transaction holds. */
  async function untilWaiting(runner: QueryRunner, fewest: number): Promise<void> {
    const count = async () => ((await runner.query(WAITING)) as [{ waiting: number }])[0].waiting;
    const deadline = performance.now() + PATIENCE_MS;
    while ((await count()) < fewest && performance.now() < deadline) await delay(10);
    expect(await count()).toBeGreaterThanOrEqual(fewest);
  }

  const endSession = (runner: QueryRunner, sessionId: string) =>
    runner.query('DELETE FROM portcullis_sessions WHERE id = $1', [sessionId]);

  it('[G05] wait for one that is being written, and are never taken for a reuse', async () => {
    const { refreshToken, sessionId } = await node.start({ appId });
    let waiting: Promise<{ refreshToken: string }[]> | undefined;
    await elsewhere(async (runner) => {
      await runner.query('SELECT 1 FROM portcullis_refresh_families WHERE session_id = $1 FOR UPDATE', [
        sessionId,
      ]);
      waiting = Promise.all(
        Array.from({ length: 5 }, (_, at) => (at % 2 === 0 ? node : other).redeem(refreshToken, { appId })),
      );
      await untilWaiting(runner, 2);
    });
    expect(new Set((await waiting)?.map((one) => one.refreshToken)).size).toBe(1);
    expect(await generationOf(sessionId)).toBe(1);
  });

  it('keep no refresh of another session waiting', async () => {
    const [held, free] = [await node.start({ appId }), await node.start({ appId })];
    let waiting: Promise<{ refreshToken: string }[]> | undefined;
    await elsewhere(async (runner) => {
      await runner.query('SELECT 1 FROM portcullis_refresh_families WHERE session_id = $1 FOR UPDATE', [
        held.sessionId,
      ]);
      const twice = [1, 2].map(() => node.redeem(held.refreshToken, { appId }));
      waiting = Promise.all(twice);
      await untilWaiting(runner, 1);
      // While the other is held: this transaction goes on when it has been answered.
      await node.redeem(free.refreshToken, { appId });
    });
    expect(new Set((await waiting)?.map((one) => one.refreshToken)).size).toBe(1);
  });

  it('do not bring back a session that is being ended', async () => {
    const { refreshToken, sessionId } = await node.start({ appId });
    let refused: Promise<unknown> | undefined;
    await elsewhere(async (runner) => {
      await endSession(runner, sessionId);
      refused = node.refusal(refreshToken, { appId });
      await untilWaiting(runner, 1);
    });
    expect(await refused).toEqual({ reason: 'refresh_family_unknown', alarm: false });
    expect(await generationOf(sessionId)).toBeUndefined();
  });

  it('do not save a session that ends while one of them is under way', async () => {
    const { refreshToken, sessionId } = await node.start({ appId });
    let redeemed: Promise<{ refreshToken: string }> | undefined;
    let ended: Promise<unknown> | undefined;
    await elsewhere(async (runner) => {
      await runner.query('SELECT 1 FROM portcullis_refresh_families WHERE session_id = $1 FOR UPDATE', [
        sessionId,
      ]);
      redeemed = node.redeem(refreshToken, { appId });
      await untilWaiting(runner, 1);
      ended = other.stores.sessions.remove(sessionId);
      await untilWaiting(runner, 2);
    });
    await ended;
    const successor = (await redeemed)?.refreshToken ?? '';
    for (const token of [refreshToken, successor])
      expect(await node.refusal(token, { appId })).toEqual({
        reason: 'refresh_family_unknown',
        alarm: false,
      });
  });

  it('[N06] say that it cannot be known when the database breaks off, and go on afterwards', async () => {
    const { refreshToken } = await node.start({ appId });
    await elsewhere(async (runner) => {
      await runner.query('LOCK TABLE portcullis_refresh_families IN ACCESS EXCLUSIVE MODE');
      const asked = node.refusal(refreshToken, { appId });
      await untilWaiting(runner, 1);
      await runner.query(
        `SELECT pg_terminate_backend(pid) FROM pg_locks
         WHERE NOT granted AND relation = 'portcullis_refresh_families'::regclass`,
      );
      expect(await asked).toEqual({ reason: 'database_unavailable', alarm: false });
    });
    await node.redeem(refreshToken, { appId });
  });
});
