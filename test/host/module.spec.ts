import { Controller, Get, Injectable, Module, type DynamicModule, type LoggerService } from '@nestjs/common';
import { ConfigModule, ConfigService } from '@nestjs/config';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import {
  Apps,
  CallingApp,
  PortcullisModule,
  Protect,
  SessionsModule,
  usePortcullis,
  type CallingAppFacts,
  type PortcullisModuleOptions,
} from '@portcullis/nest';
import { ADAPTERS, type AdapterName } from '../support/host-app.js';
import { noteLog } from '../support/log-book.js';

@Controller()
class WhoController {
  @Protect()
  @Get('who')
  who(@CallingApp() app: CallingAppFacts): object {
    return { app: app.name };
  }
}

@Injectable()
class Options {
  createPortcullisOptions(): PortcullisModuleOptions {
    return optionsFor('by class');
  }

  create(): PortcullisModuleOptions {
    return this.createPortcullisOptions();
  }
}

@Module({})
class Host {}

function optionsFor(name: string): PortcullisModuleOptions {
  return { publicOrigins: ['http://127.0.0.1'], apps: [{ id: 'app', name }] };
}

/** Nest's logger of a host, which keeps what it is told. */
class KeptLog implements LoggerService {
  readonly lines: string[] = [];

  private keep = (message: unknown): void => {
    noteLog(String(message));
    this.lines.push(String(message));
  };
  log = this.keep;
  error = this.keep;
  warn = this.keep;
  debug = this.keep;
  verbose = this.keep;
}

async function start(
  adapter: AdapterName,
  imports: DynamicModule['imports'] = [],
  logger: LoggerService | false = false,
) {
  const module = { module: Host, imports, controllers: [WhoController] };
  const http = adapter === 'fastify' ? new FastifyAdapter() : new ExpressAdapter();
  const app = await NestFactory.create(module, http, { bodyParser: false, abortOnError: false, logger });
  usePortcullis(app);
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();
  const who = async (id: string): Promise<unknown[]> => {
    const answer = await fetch(`${url}/who`, { headers: { authorization: `key ${id}` } });
    const { app: name } = (await answer.json()) as { app?: string };
    return [answer.status, name];
  };
  return { app, who };
}

describe.each(ADAPTERS)('PortcullisModule on %s', (adapter) => {
  it.each([
    ['forRoot', PortcullisModule.forRoot(optionsFor('at once')), 'at once'],
    ['useFactory', PortcullisModule.forRootAsync({ useFactory: async () => optionsFor('later') }), 'later'],
    ['useClass', PortcullisModule.forRootAsync({ useClass: Options }), 'by class'],
  ])('takes its options by %s', async (_, module, name) => {
    const { app, who } = await start(adapter, [module]);
    expect(await who('app')).toEqual([200, name]);
    await app.close();
  });

  it('takes them from @nestjs/config', async () => {
    const config = ConfigModule.forRoot({
      ignoreEnvFile: true,
      load: [() => ({ portcullis: { origin: 'http://127.0.0.1', app: 'configured' } })],
    });
    const module = PortcullisModule.forRootAsync({
      imports: [config],
      inject: [ConfigService],
      useFactory: (settings: ConfigService) => ({
        publicOrigins: [settings.getOrThrow<string>('portcullis.origin')],
        apps: [{ id: settings.getOrThrow<string>('portcullis.app') }],
      }),
    });
    const { app, who } = await start(adapter, [module]);
    expect(await who('configured')).toEqual([200, 'configured']);
    await app.close();
  });

  it('names what is wrong with options that had to be waited for', async () => {
    const module = PortcullisModule.forRootAsync({
      useFactory: () => ({ ...optionsFor('x'), unguarded: 'maybe' as never }),
    });
    await expect(start(adapter, [module])).rejects.toThrow(
      'PortcullisModule: unguarded is text, expected one of "refuse", "warn", "allow"',
    );
  });

  it('keeps two applications of one process apart', async () => {
    const only = (id: string) =>
      PortcullisModule.forRoot({ publicOrigins: ['http://127.0.0.1'], apps: [{ id, name: `App ${id}` }] });
    const one = await start(adapter, [only('one')]);
    const two = await start(adapter, [only('two')]);
    expect(await one.who('one')).toEqual([200, 'App one']);
    expect(await two.who('two')).toEqual([200, 'App two']);
    expect(await one.who('two')).toEqual([401, undefined]);
    expect(await two.who('one')).toEqual([401, undefined]);
    await one.app.close();
    expect(await two.who('two')).toEqual([200, 'App two']);
    await two.app.close();
  });

  it('makes one application after another from the same module', async () => {
    const module = PortcullisModule.forRoot(optionsFor('again'));
    for (let turn = 0; turn < 2; turn += 1) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const { app, who } = await start(adapter, [module]);
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      expect(await who('app')).toEqual([200, 'again']);
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await app.close();
    }
  });

  it('writes its decisions to the logger of the host', async () => {
    const log = new KeptLog();
    const { app, who } = await start(adapter, [PortcullisModule.forRoot(optionsFor('logged'))], log);
    await who('nobody');
    expect(log.lines.some((line) => line.includes('"code":"app_key_invalid"'))).toBe(true);
    await app.close();
  });

  it('says which option is missing when something is asked of a database that is not there', async () => {
    const { app } = await start(adapter, [PortcullisModule.forRoot(optionsFor('listed'))]);
    await expect(async () => app.get(Apps, { strict: false }).list()).rejects.toThrow(
      'AppStore.list: PortcullisModule has no stores, expected typeOrmStores(dataSource)',
    );
    await app.close();
  });

  it('refuses sessions without a database', async () => {
    const starting = start(adapter, [PortcullisModule.forRoot(optionsFor('listed')), SessionsModule]);
    await expect(starting).rejects.toThrow('SessionsModule: sessions are kept in the stores');
  });
});
