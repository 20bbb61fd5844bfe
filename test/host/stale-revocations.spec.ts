import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Controller, Get, Post, UseGuards } from '@nestjs/common';
import {
  AppKeyGuard,
  Apps,
  KeyRing,
  Protect,
  Public,
  StrictRevocation,
  type DurableStores,
  type PortcullisModuleOptions,
} from '@portcullis/nest';
import { PORTCULLIS_MIGRATIONS, typeOrmStores } from '@portcullis/nest/typeorm';
import type { ChangeStore } from '../../libs/nest/src/state/index.js';
import { describeOnEachDatabase, type OpenedDatabase } from '../support/databases.js';
import { HeldClock } from '../support/held-clock.js';
import { ADAPTERS, startHost, type Host } from '../support/host-app.js';
import { noteSecret } from '../support/log-book.js';

@Controller()
class RoutesController {
  @Protect()
  @Get('usual')
  usual(): object {
    return {};
  }

  @Protect({ revocation: 'strict' })
  @Get('strict')
  strict(): object {
    return {};
  }

  @UseGuards(AppKeyGuard)
  @StrictRevocation()
  @Get('stacked')
  stacked(): object {
    return {};
  }

  @Protect({ revocation: 'strict', signature: true, user: true })
  @Post('demanding')
  demanding(): object {
    return {};
  }

  @Public()
  @Get('open')
  open(): object {
    return {};
  }
}

@StrictRevocation()
@Controller('all')
class StrictController {
  @Protect()
  @Get()
  all(): object {
    return {};
  }
}

/** What the feed is read from: as it is, failing at once, or saying nothing. */
class Reading {
  state: 'well' | 'failing' | 'hanging' = 'well';

  over({ changes, ...stores }: DurableStores): DurableStores {
    const after: ChangeStore['after'] = async (...asked) => {
      if (this.state === 'failing') throw new Error('away');
      if (this.state === 'hanging') await new Promise(() => undefined);
      return changes.after(...asked);
    };
    return { ...stores, changes: Object.assign(Object.create(changes) as ChangeStore, { after }) };
  }
}

/** It reads every second, where nothing else keeps the machine busy. */
const PATIENCE_MS = 20_000;

const PATHS = ['/usual', '/strict', '/stacked', '/all', '/open'];

describeOnEachDatabase('[N03] A node that may have missed revocations', (open) => {
  let database: OpenedDatabase;
  let reading: Reading;
  let host: Host;
  let clock: HeldClock;
  let appId: string;

  beforeAll(async () => {
    database = await open({ migrations: PORTCULLIS_MIGRATIONS });
  });
  afterAll(() => database.close());

  const start = async (adapter: (typeof ADAPTERS)[number], state: Reading['state'] = 'well') => {
    reading = new Reading();
    reading.state = state;
    clock = new HeldClock();
    const module = {
      clock,
      apps: undefined,
      claims: undefined,
      stores: reading.over(typeOrmStores(database.dataSource, { databaseIsOpenTo: 'this-process' })),
      keyRing: KeyRing.parse(noteSecret(randomBytes(32).toString('base64url'))),
      revocation: { staleAfterSeconds: 60, strictStaleAfterSeconds: 5 },
      registry: { maxAgeSeconds: 3600 },
    } as Partial<PortcullisModuleOptions>;
    host = await startHost(adapter, { controllers: [RoutesController, StrictController], module });
    const registered = await host.app
      .get(Apps, { strict: false })
      .register({ name: 'App', clientType: 'public' });
    appId = registered.app.id;
  };
  afterEach(() => host.app.close());

  const answer = (path: string, init: RequestInit = {}) =>
    fetch(host.url + path, { headers: { 'x-api-key': appId }, ...init });
  const statuses = async () => Promise.all(PATHS.map(async (path) => (await answer(path)).status));
  /** So that a reading that was under way is over. */
  const lose = async (state: Reading['state']) => {
    reading.state = state;
    await delay(100);
  };
  const untilAnswered = async (path: string) => {
    const deadline = performance.now() + PATIENCE_MS;
    while ((await answer(path)).status === 503 && performance.now() < deadline) await delay(50);
  };

  it.each(ADAPTERS)(
    'answers 503 on strict routes after seconds, on all after a minute, and recovers (%s)',
    async (adapter) => {
      await start(adapter);
      expect(await statuses()).toEqual([200, 200, 200, 200, 200]);
      await lose('failing');
      clock.advance(3);
      expect(await statuses()).toEqual([200, 200, 200, 200, 200]);
      clock.advance(3);
      expect(await statuses()).toEqual([200, 503, 503, 503, 200]);
      clock.advance(60);
      expect(await statuses()).toEqual([503, 503, 503, 503, 200]);
      reading.state = 'well';
      await untilAnswered('/strict');
      expect(await statuses()).toEqual([200, 200, 200, 200, 200]);
    },
  );

  it('says when to come again, why to its log alone, and never 401 to whom it cannot judge', async () => {
    await start('fastify');
    await lose('hanging');
    clock.advance(61);
    host.log.length = 0;
    const credentials: Record<string, string>[] = [
      { 'x-api-key': appId },
      { 'x-api-key': 'unknown' },
      {},
      { 'x-api-key': appId, authorization: 'Bearer nonsense' },
    ];
    for (const headers of credentials) {
      const refused = await answer('/demanding', { method: 'POST', headers });
      expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5']);
      expect(await refused.json()).toMatchObject({ code: 'temporarily_unavailable' });
    }
    expect(host.log.map((line) => JSON.parse(line).reason)).toEqual(
      credentials.map(() => 'revocation_feed_stale'),
    );
  });

  it('answers nothing before it has heard for the first time, and starts all the same', async () => {
    await start('fastify', 'failing');
    expect(await statuses()).toEqual([503, 503, 503, 503, 200]);
    reading.state = 'well';
    await untilAnswered('/usual');
    expect(await statuses()).toEqual([200, 200, 200, 200, 200]);
  });

  it('refuses what was suspended meanwhile as soon as it answers again', async () => {
    await start('fastify');
    expect((await answer('/usual')).status).toBe(200);
    await lose('failing');
    await database.dataSource.query('UPDATE portcullis_apps SET suspended = true WHERE id = $1', [appId]);
    expect((await answer('/usual')).status).toBe(200);
    clock.advance(61);
    expect((await answer('/usual')).status).toBe(503);
    reading.state = 'well';
    await untilAnswered('/usual');
    expect((await answer('/usual')).status).toBe(401);
  });
});

it('A route that nobody guards cannot be strict about revocations', async () => {
  @Controller()
  class OpenController {
    @StrictRevocation()
    @Public()
    @Get('open')
    open(): object {
      return {};
    }
  }
  await expect(startHost('fastify', { controllers: [OpenController] })).rejects.toThrow(
    /^GET \/open has @StrictRevocation\(\), and no guard/,
  );
});
