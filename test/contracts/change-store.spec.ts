import { setTimeout as delay } from 'node:timers/promises';
import { PORTCULLIS_MIGRATIONS, typeOrmStores, type TypeOrmStores } from '@portcullis/nest/typeorm';
import type { Change } from '../../libs/nest/src/state/index.js';
import { describeOnEachDatabase, type OpenedDatabase } from '../support/databases.js';

const NOW = new Date('2026-01-02T03:04:05.678Z');
const after = (seconds: number) => new Date(NOW.getTime() + seconds * 1000);

function copies(...ids: readonly string[]): Change[] {
  return ids.map((id) => ({ kind: 'app', id, expiresAt: after(60) }));
}

describeOnEachDatabase('a store of changes', (open, kind) => {
  let database: OpenedDatabase;
  let stores: TypeOrmStores;

  beforeAll(async () => {
    database = await open({ migrations: PORTCULLIS_MIGRATIONS });
    stores = typeOrmStores(database.dataSource);
  });
  beforeEach(() => database.dataSource.query('TRUNCATE portcullis_changes RESTART IDENTITY'));
  afterAll(() => database.close());

  const idsAfter = async (sequence: number, limit = 100) =>
    (await stores.changes.after(sequence, limit)).map(({ id }) => id);

  it('answers what was added as it was added, in order, with its numbers', async () => {
    const given: Change[] = [
      { kind: 'revoked-user', id: 'user one', before: after(-0.001), expiresAt: after(300) },
      { kind: 'revoked-all', id: '*', before: NOW, expiresAt: after(301) },
      { kind: 'signing-key', id: 'key', expiresAt: after(60) },
    ];
    const recorded = await stores.changes.append(given, NOW);
    expect(recorded).toEqual(given.map((one, at) => ({ ...one, sequence: at + 1, recordedAt: NOW })));
    expect(await stores.changes.after(0, 100)).toEqual(recorded);
    expect(await stores.changes.after(2, 100)).toEqual(recorded.slice(2));
  });

  it('answers pages that leave nothing out', async () => {
    const ids = Array.from({ length: 25 }, (_, at) => `app-${at}`);
    for (let at = 0; at < ids.length; at += 5)
      await stores.changes.append(copies(...ids.slice(at, at + 5)), NOW);
    const read: string[] = [];
    for (let sequence = 0; ;) {
      const page = await stores.changes.after(sequence, 10);
      read.push(...page.map(({ id }) => id));
      const last = page.at(-1);
      if (!last) break;
      sequence = last.sequence;
    }
    expect(read).toEqual(ids);
  });

  it('keeps nothing of a transaction that is undone', async () => {
    const work = stores.transactions.run(async () => {
      await stores.changes.append(copies('undone'), NOW);
      throw new Error('undone');
    });
    await expect(work).rejects.toThrow('undone');
    expect(await idsAfter(0)).toEqual([]);
  });

  it('removes what has expired, a thousand at a time, and nothing else', async () => {
    const expired = Array.from({ length: 1_001 }, (_, at) => ({
      ...(copies(`old-${at}`)[0] as Change),
      expiresAt: after(-1),
    }));
    await stores.changes.append([...expired, ...copies('live')], NOW);
    expect(await stores.changes.removeExpired(NOW)).toBe(1_000);
    expect(await stores.changes.removeExpired(NOW)).toBe(1);
    expect(await stores.changes.removeExpired(NOW)).toBe(0);
    expect(await idsAfter(0)).toEqual(['live']);
  });

  it('answers the newest revocations that live, and no copies', async () => {
    await stores.changes.append(
      [
        { kind: 'revoked-token', id: 'old', expiresAt: NOW },
        { kind: 'revoked-token', id: 'first', expiresAt: after(10) },
        { kind: 'user', id: 'copy', expiresAt: after(10) },
        { kind: 'revoked-session', id: 'second', expiresAt: after(10) },
        { kind: 'revoked-app', id: 'third', before: NOW, expiresAt: after(10) },
      ],
      NOW,
    );
    const ids = async (limit: number) =>
      (await stores.changes.liveRevocations(NOW, limit)).map(({ id }) => id);
    expect(await ids(10)).toEqual(['third', 'second', 'first']);
    expect(await ids(2)).toEqual(['third', 'second']);
  });

  if (kind === 'server') {
    it('numbers changes in the order of their commits: who comes second waits', async () => {
      const other = typeOrmStores(await database.another());
      const events: string[] = [];
      let second: Promise<unknown> | undefined;
      await stores.transactions.run(async () => {
        await stores.changes.append(copies('first'), NOW);
        second = other.changes.append(copies('second'), NOW).then(() => events.push('second'));
        await delay(200);
        expect(await other.changes.after(0, 10)).toEqual([]);
        events.push('first');
      });
      await second;
      expect(events).toEqual(['first', 'second']);
      expect(await idsAfter(0)).toEqual(['first', 'second']);
    });

    it('never shows a greater number before a smaller one, however many write', async () => {
      const writers = await Promise.all(
        Array.from({ length: 4 }, async () => typeOrmStores(await database.another())),
      );
      let isWriting = true;
      const late: number[] = [];
      const reading = (async () => {
        const seen = new Set<number>();
        let greatest = 0;
        while (isWriting) {
          const changes = await stores.changes.after(0, 10_000);
          late.push(...changes.map(({ sequence }) => sequence).filter((n) => n < greatest && !seen.has(n)));
          for (const { sequence } of changes) seen.add(sequence);
          greatest = changes.at(-1)?.sequence ?? 0;
        }
        return seen.size;
      })();
      await Promise.all(
        writers.flatMap((writer, at) =>
          Array.from({ length: 40 }, (_, n) =>
            writer.transactions.run(async () => {
              await delay(n % 7);
              await writer.transactions.beforeCommit(async () => {
                await writer.changes.append(copies(`${at}-${n}`), NOW);
              });
            }),
          ),
        ),
      );
      isWriting = false;
      expect(await reading).toBeGreaterThan(10);
      expect(late).toEqual([]);
    });

    it('does not hold up another schema', async () => {
      const stranger = await open({ migrations: PORTCULLIS_MIGRATIONS });
      await stores.transactions.run(async () => {
        await stores.changes.append(copies('here'), NOW);
        await typeOrmStores(stranger.dataSource).changes.append(copies('there'), NOW);
      });
      await stranger.close();
    });
  }

  it('throws while the database is away', async () => {
    const away = await open({ migrations: PORTCULLIS_MIGRATIONS });
    await away.dataSource.destroy();
    const { changes } = typeOrmStores(away.dataSource);
    const asked = [
      () => changes.append(copies('app'), NOW),
      () => changes.after(0, 10),
      () => changes.liveRevocations(NOW, 10),
      () => changes.removeExpired(NOW),
    ];
    for (const ask of asked) await expect(ask()).rejects.toThrow();
    await away.close();
  });
});
