import { Logger, type LoggerService } from '@nestjs/common';
import {
  embeddedPostgres,
  PORTCULLIS_MIGRATIONS,
  TransactionUndone,
  typeOrmStores,
  type TypeOrmStores,
} from '@portcullis/nest/typeorm';
import { DataSource } from 'typeorm';
import { describeOnEachDatabase, type OpenedDatabase } from '../support/databases.js';
import { after, anApp, aSecret, aSession, aUser } from '../support/registry-records.js';

class ChangedMyMind extends Error {}

async function settled(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => 'kept',
    (error: unknown) => error,
  );
}

describeOnEachDatabase('a transaction', (open, kind) => {
  let database: OpenedDatabase;
  let stores: TypeOrmStores;

  beforeAll(async () => {
    database = await open({ migrations: PORTCULLIS_MIGRATIONS });
    stores = typeOrmStores(database.dataSource);
  });
  afterAll(() => database.close());

  const connection = async () =>
    (await stores.transactions.rows<{ id: string }>('SELECT pg_current_xact_id()::text AS id'))[0]?.id;

  /** An app with a secret, a user with a limit and a session: one row in every table. */
  async function writeEverywhere() {
    const { apps, users, sessions } = stores;
    const [app, user] = [anApp(), aUser()];
    const session = aSession({ userId: user.id, appId: app.id });
    await apps.insert(app);
    await apps.rotateSecret(aSecret({ appId: app.id }), after(0));
    await users.insert(user);
    await users.setAppScopes(user.id, app.id, []);
    await sessions.insert(session);
    return { app, user, session };
  }

  describe('as a whole', () => {
    it('keeps what all stores wrote, and hands on what the work answers', async () => {
      const { app, user, session } = await stores.transactions.run(writeEverywhere);
      expect((await stores.apps.find(app.id))?.secrets).toHaveLength(1);
      expect((await stores.users.find(user.id))?.scopesByApp.size).toBe(1);
      expect(await stores.sessions.find(session.id)).toEqual(session);
    });

    it('undoes what all stores wrote, and throws what the work threw', async () => {
      const changed = new ChangedMyMind();
      let written: Awaited<ReturnType<typeof writeEverywhere>> | undefined;
      const outcome = await settled(
        stores.transactions.run(async () => {
          written = await writeEverywhere();
          expect(await stores.sessions.find(written.session.id)).toBeDefined();
          throw changed;
        }),
      );
      expect(outcome).toBe(changed);
      expect(await stores.apps.find(written?.app.id ?? '')).toBeUndefined();
      expect(await stores.users.find(written?.user.id ?? '')).toBeUndefined();
      expect(await stores.sessions.find(written?.session.id ?? '')).toBeUndefined();
    });

    it('does not say that it was kept after a statement in it has failed', async () => {
      const [before, then] = [anApp(), anApp({ clientType: 'hybrid' as never })];
      const outcome = await settled(
        stores.transactions.run(async () => {
          await stores.apps.insert(before);
          await stores.apps.insert(then).catch(() => undefined);
        }),
      );
      expect(outcome).toMatchObject({ driverError: { code: '25P02' } });
      expect(await stores.apps.find(before.id)).toBeUndefined();
    });

    it('does not mix with others at the same moment', async () => {
      const apps = Array.from({ length: 6 }, () => anApp());
      const outcomes = await Promise.all(
        apps.map((app, at) =>
          settled(
            stores.transactions.run(async () => {
              await stores.apps.insert(app);
              await new Promise((resolve) => setTimeout(resolve, 5 * (6 - at)));
              await stores.apps.rotateSecret(aSecret({ appId: app.id }), after(0));
              if (at % 2) throw new ChangedMyMind();
            }),
          ),
        ),
      );
      for (const [at, app] of apps.entries()) {
        expect(outcomes[at]).toEqual(at % 2 ? expect.any(ChangedMyMind) : 'kept');
        expect((await stores.apps.find(app.id))?.secrets.length).toBe(at % 2 ? undefined : 1);
      }
    });

    it('uses the one connection that it has, whatever is called inside', async () => {
      await stores.transactions.run(async () => {
        const own = await connection();
        expect(await connection()).toBe(own);
        expect(await stores.transactions.run(connection)).toBe(own);
        expect(stores.transactions.manager.queryRunner?.isTransactionActive).toBe(true);
      });
      expect(stores.transactions.manager).toBe(database.dataSource.manager);
    });
  });

  describe('inside another', () => {
    it('is undone with it', async () => {
      const app = anApp();
      const work = stores.transactions.run(async () => {
        await stores.transactions.run(() => stores.apps.insert(app));
        throw new ChangedMyMind();
      });
      await expect(work).rejects.toBeInstanceOf(ChangedMyMind);
      expect(await stores.apps.find(app.id)).toBeUndefined();
    });

    it('undoes the whole when it fails, even if the caller goes on', async () => {
      const [outer, inner] = [anApp(), anApp()];
      const work = stores.transactions.run(async () => {
        await stores.apps.insert(outer);
        await settled(
          stores.transactions.run(async () => {
            await stores.apps.insert(inner);
            throw new ChangedMyMind();
          }),
        );
      });
      await expect(work).rejects.toBeInstanceOf(ChangedMyMind);
      expect(await stores.apps.find(outer.id)).toBeUndefined();
      expect(await stores.apps.find(inner.id)).toBeUndefined();
    });
  });

  it('does not let what is still going on write alone after it was undone', async () => {
    const attempts: { readonly app: ReturnType<typeof anApp>; readonly outcome: Promise<unknown> }[] = [];
    const told: string[] = [];
    let straggler: Promise<void> | undefined;
    const work = stores.transactions.run(async () => {
      await stores.apps.insert(anApp());
      straggler = (async () => {
        // At every moment from before the failure until long after: also while it is being undone.
        for (let at = 0; at < 100; at += 1) {
          const app = anApp();
          attempts.push({ app, outcome: settled(stores.apps.insert(app)) });
          await (at < 80 ? new Promise(setImmediate) : new Promise((resolve) => setTimeout(resolve, 2)));
        }
        const tell = async () => void told.push('told');
        for (const attempt of [
          () => stores.apps.find('a'),
          () => stores.transactions.run(tell),
          () => stores.transactions.afterCommit(tell),
        ])
          expect(await settled(attempt())).toBeInstanceOf(TransactionUndone);
      })();
      await new Promise(setImmediate);
      throw new ChangedMyMind();
    });
    await expect(work).rejects.toBeInstanceOf(ChangedMyMind);
    await straggler;
    expect(await attempts.at(-1)?.outcome).toBeInstanceOf(TransactionUndone);
    for (const { app, outcome } of attempts) {
      await outcome;
      expect(await stores.apps.find(app.id)).toBeUndefined();
    }
    expect(told).toEqual([]);
  });

  it('is over for what was begun inside and goes on afterwards', async () => {
    const app = anApp();
    let later: Promise<unknown> | undefined;
    let go!: () => void;
    const gate = new Promise<void>((resolve) => (go = resolve));
    const told: string[] = [];
    await stores.transactions.run(async () => {
      later = gate.then(async () => {
        await stores.apps.insert(app);
        await stores.transactions.afterCommit(async () => void told.push('at once'));
        await stores.transactions.run(() => stores.apps.rotateSecret(aSecret({ appId: app.id }), after(0)));
      });
    });
    go();
    await later;
    expect((await stores.apps.find(app.id))?.secrets).toHaveLength(1);
    expect(told).toEqual(['at once']);
  });

  describe('work after the commit', () => {
    it('is done once others can see what it is about, before the transaction resolves, in order', async () => {
      const app = anApp();
      const told: string[] = [];
      const node = typeOrmStores(await database.another());
      await stores.transactions.run(async () => {
        const tell = (name: string, pause: number) =>
          stores.transactions.afterCommit(async () => {
            await new Promise((resolve) => setTimeout(resolve, pause));
            told.push(`${name}: ${(await node.apps.find(app.id)) ? 'seen' : 'unseen'}`);
          });
        await tell('first', 20);
        await stores.transactions.run(() => tell('second', 0));
        await stores.apps.insert(app);
        expect(told).toEqual([]);
      });
      expect(told).toEqual(['first: seen', 'second: seen']);
    });

    it('is dropped when the transaction is undone', async () => {
      const told: string[] = [];
      const tell = () => stores.transactions.afterCommit(async () => void told.push('told'));
      const undone = [
        stores.transactions.run(async () => {
          await tell();
          throw new ChangedMyMind();
        }),
        stores.transactions.run(async () => {
          await tell();
          await stores.transactions.rows('SELECT nonsense').catch(() => undefined);
        }),
      ];
      for (const work of undone) expect(await settled(work)).toBeInstanceOf(Error);
      expect(told).toEqual([]);
    });

    it('runs outside the transaction, and may begin one of its own', async () => {
      const app = anApp();
      await stores.transactions.run(() =>
        stores.transactions.afterCommit(async () => {
          expect(stores.transactions.manager).toBe(database.dataSource.manager);
          await stores.transactions.run(() => stores.apps.insert(app));
        }),
      );
      expect(await stores.apps.find(app.id)).toBeDefined();
    });

    it('is done at once where no transaction is running', async () => {
      const told: string[] = [];
      await stores.transactions.afterCommit(async () => void told.push('told'));
      expect(told).toEqual(['told']);
    });

    it('fails alone, and is logged without what the error says', async () => {
      const logged: unknown[] = [];
      const silent = () => undefined;
      const logger: LoggerService = { log: silent, warn: silent, error: (...said) => logged.push(...said) };
      Logger.overrideLogger(logger);
      const app = anApp();
      const told: string[] = [];
      try {
        const fail = async () => Promise.reject(new ChangedMyMind('secret=hunter2'));
        await stores.transactions.run(async () => {
          await stores.apps.insert(app);
          await stores.transactions.afterCommit(fail);
          await stores.transactions.afterCommit(async () => void told.push('told'));
        });
        await stores.transactions.afterCommit(fail);
      } finally {
        Logger.overrideLogger(['error', 'warn', 'log']);
      }
      expect(await stores.apps.find(app.id)).toBeDefined();
      expect(told).toEqual(['told']);
      expect(logged.filter((said) => String(said).includes('ChangedMyMind'))).toHaveLength(2);
      expect(JSON.stringify(logged)).not.toContain('hunter2');
    });
  });

  if (kind === 'embedded')
    it('needs no second connection while it has the only one', async () => {
      const driver = embeddedPostgres({ dataDir: 'memory://', leaseTimeoutMs: 200 });
      const dataSource = new DataSource({ type: 'postgres', driver, migrations: [...PORTCULLIS_MIGRATIONS] });
      await dataSource.initialize();
      try {
        await dataSource.runMigrations({ transaction: 'each' });
        const { apps, transactions } = typeOrmStores(dataSource);
        const app = anApp();
        await transactions.run(async () => {
          await apps.insert(app);
          await expect(dataSource.query('SELECT 1')).rejects.toMatchObject({ name: 'DatabaseBusy' });
          expect((await apps.find(app.id))?.app).toEqual(app);
        });
        expect((await apps.find(app.id))?.app).toEqual(app);
      } finally {
        await dataSource.destroy();
      }
    });

  if (kind === 'server')
    it('throws the driver’s error when its connection is cut, and works again on the next', async () => {
      const app = anApp();
      const { manager } = database.dataSource;
      const outcome = await settled(
        stores.transactions.run(async () => {
          const [own] = await stores.transactions.rows<{ pid: number }>('SELECT pg_backend_pid() AS pid');
          await manager.query('SELECT pg_terminate_backend($1)', [own?.pid]);
          await stores.apps.insert(app);
        }),
      );
      expect(outcome).toBeInstanceOf(Error);
      expect(await stores.apps.find(app.id)).toBeUndefined();
    });

  it('and every store throws while the database is away', async () => {
    const away = await open({ migrations: PORTCULLIS_MIGRATIONS });
    const { apps, users, sessions, transactions } = typeOrmStores(away.dataSource);
    const [app, user] = [anApp(), aUser()];
    await away.dataSource.destroy();
    const asked: (() => Promise<unknown>)[] = [
      () => apps.find(app.id),
      () => apps.list(),
      () => apps.insert(app),
      () => users.find(user.id),
      () => users.findByUsernameKey(user.usernameKey),
      () => sessions.find('a'),
      () => sessions.remove('a'),
      () => sessions.removeAllOf(user.id),
      () => sessions.touch(new Map([['a', after(0)]])),
      () => transactions.run(() => Promise.resolve(true)),
    ];
    for (const ask of asked) await expect(ask()).rejects.toThrow();
    await away.close();
  });
});
