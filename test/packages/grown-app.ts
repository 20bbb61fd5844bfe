import {
  Body,
  Catch,
  Controller,
  Delete,
  Get,
  Injectable,
  Module,
  Param,
  ParseIntPipe,
  Post,
  Put,
  UseGuards,
  VersioningType,
  type ArgumentsHost,
  type CallHandler,
  type CanActivate,
  type ExceptionFilter,
  type ExecutionContext,
  type LoggerService,
  type NestInterceptor,
  type Type,
} from '@nestjs/common';
import { HttpAdapterHost, NestFactory, RouterModule } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { AppKeyGuard, PortcullisModule, Protect, usePortcullis } from '@portcullis/nest';
import { map, type Observable } from 'rxjs';
import type { AdapterName } from '../support/host-app.js';
import { noteLog } from '../support/log-book.js';

export const SECTIONS = Array.from({ length: 10 }, (_, section) => section);
/** Of `RouterModule`, with a prefix of their own, and excluded from the global prefix. */
const OF_PARTNERS = 8;
const EXCLUDED = 9;

export interface ServedRoute {
  readonly section: number;
  readonly method: string;
  /** As Nest writes it. */
  readonly path: string;
}

/** The routes of the application as its users know them: written down by hand, not asked of the library. */
export const ROUTES: readonly ServedRoute[] = SECTIONS.flatMap((section) => {
  const prefix = section === EXCLUDED ? '' : '/api';
  const module = section === OF_PARTNERS ? '/partners' : '';
  const base = `${prefix}/v${versionOf(section)}${module}/section-${section}`;
  return [
    ['GET', base],
    ['POST', base],
    ['GET', `${base}/:id`],
    ['PUT', `${base}/:id`],
    ['DELETE', `${base}/:id`],
  ].map(([method = '', path = '']) => ({ section, method, path }));
});

function versionOf(section: number): string {
  return section < 5 ? '1' : '2';
}

/** A mistake of the host's own, with a filter of its own. */
class OutOfStock extends Error {}

@Catch(OutOfStock)
class OutOfStockFilter implements ExceptionFilter {
  constructor(private readonly adapters: HttpAdapterHost) {}

  catch(_: OutOfStock, host: ArgumentsHost): void {
    this.adapters.httpAdapter.reply(host.switchToHttp().getResponse(), { problem: 'out of stock' }, 418);
  }
}

/** Lets in whom the host has always let in. */
@Injectable()
class TenantGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    return (
      context.switchToHttp().getRequest<{ headers: Record<string, unknown> }>().headers['x-tenant'] === 'acme'
    );
  }
}

@Injectable()
class EnvelopeInterceptor implements NestInterceptor {
  intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(map((data: unknown) => ({ data })));
  }
}

/** Two ways of guarding, turn by turn: the whole class at once, and a guard that is stacked. */
function sectionOf(section: number, guarded: boolean): Type {
  @Controller({ path: `section-${section}`, version: versionOf(section) })
  class SectionController {
    @Get()
    list(): object {
      return { section };
    }

    @Post()
    create(@Body() body: object): object {
      return body;
    }

    @Get(':id')
    read(@Param('id', ParseIntPipe) id: number): object {
      return { id };
    }

    @Put(':id')
    replace(@Param('id', ParseIntPipe) id: number, @Body() body: object): object {
      return { ...body, id };
    }

    @Delete(':id')
    remove(): never {
      throw new OutOfStock();
    }
  }
  if (guarded) (section % 2 === 0 ? Protect() : UseGuards(AppKeyGuard))(SectionController);
  return SectionController;
}

class KeptWarnings implements LoggerService {
  readonly warnings: string[] = [];

  warn = (message: unknown): void => {
    noteLog(String(message));
    this.warnings.push(String(message));
  };
  log = (message: unknown): void => noteLog(String(message));
  error = this.log;
  debug = this.log;
  verbose = this.log;
}

export interface GrownAppOptions {
  readonly adapter: AdapterName;
  /** Sections that the host has guarded so far. */
  readonly guarded: readonly number[];
  readonly unguarded: 'refuse' | 'warn';
  /** How far the host has come: it imports the module, or calls `usePortcullis` as well. */
  readonly installed: 'module' | 'module and usePortcullis';
}

export interface GrownApp {
  readonly url: string;
  /** What was warned of unguarded routes at the start. */
  readonly warnings: readonly string[];
  close(): Promise<void>;
}

/** An application that is older than its use of this library: 50 routes, and guards, pipes and more of its own. */
export async function startGrownApp(options: GrownAppOptions): Promise<GrownApp> {
  const controllers = SECTIONS.map((section) => sectionOf(section, options.guarded.includes(section)));
  @Module({ controllers: controllers.filter((_, section) => section === OF_PARTNERS) })
  class PartnersModule {}
  @Module({
    imports: [
      PartnersModule,
      RouterModule.register([{ path: 'partners', module: PartnersModule }]),
      PortcullisModule.forRoot({
        publicOrigins: ['http://127.0.0.1'],
        apps: [{ id: 'app' }],
        unguarded: options.unguarded,
      }),
    ],
    controllers: controllers.filter((_, section) => section !== OF_PARTNERS),
  })
  class GrownModule {}

  const logger = new KeptWarnings();
  const adapter = options.adapter === 'fastify' ? new FastifyAdapter() : new ExpressAdapter();
  const installs = options.installed === 'module and usePortcullis';
  const app = await NestFactory.create(GrownModule, adapter, {
    bodyParser: !installs,
    abortOnError: false,
    logger,
  });
  if (installs) usePortcullis(app);
  app.setGlobalPrefix('api', { exclude: [`section-${EXCLUDED}`, `section-${EXCLUDED}/{*rest}`] });
  app.enableVersioning({ type: VersioningType.URI });
  app.useGlobalGuards(new TenantGuard());
  app.useGlobalFilters(new OutOfStockFilter(app.get(HttpAdapterHost)));
  app.useGlobalInterceptors(new EnvelopeInterceptor());
  try {
    await app.listen(0, '127.0.0.1');
  } catch (error) {
    await app.close();
    throw error;
  }
  const warnings = logger.warnings.filter((line) => line.startsWith('unguarded routes'));
  return { url: await app.getUrl(), warnings, close: () => app.close() };
}
