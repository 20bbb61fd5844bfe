import {
  Controller,
  Get,
  Module,
  Post,
  RequestMethod,
  Version,
  VERSION_NEUTRAL,
  VersioningType,
  type INestApplication,
  type ModuleMetadata,
} from '@nestjs/common';
import { RouterModule } from '@nestjs/core';
import { RouteInventory } from '../../libs/nest/src/pipeline/index.js';
import { ADAPTERS, startHost, type AdapterName } from '../support/host-app.js';

@Controller('plain')
class PlainController {
  @Get()
  list(): string {
    return 'plain';
  }

  @Get(':id')
  read(): string {
    return 'plain';
  }
}

@Controller({ path: 'versioned', version: ['1', '2', VERSION_NEUTRAL] })
class VersionedController {
  @Get()
  list(): string {
    return 'versioned';
  }

  @Version('3')
  @Post()
  create(): string {
    return 'versioned';
  }
}

@Controller(['one', 'other'])
class ManyPathsController {
  @Get(['a', 'b'])
  list(): string {
    return 'many';
  }
}

@Controller('inner')
class InnerController {
  @Get()
  list(): string {
    return 'inner';
  }
}

@Module({ controllers: [InnerController] })
class InnerModule {}

@Module({ controllers: [InnerController] })
class SecondModule {}

const CONTROLLERS = [PlainController, VersionedController, ManyPathsController];

interface Host {
  readonly adapter: AdapterName;
  readonly imports?: NonNullable<ModuleMetadata['imports']>;
  readonly prepare?: (app: INestApplication) => unknown;
}

/** Starts, and resolves with the routes that are listed once each has answered where it is said to be. */
async function listed({ adapter, imports = [], prepare = () => undefined }: Host): Promise<string[]> {
  const { app, url } = await startHost(adapter, {
    controllers: CONTROLLERS,
    imports,
    module: { unguarded: 'allow' },
    beforeListen: prepare,
  });
  try {
    const routes = [...app.get(RouteInventory).unguarded];
    const answers = routes.map(async (route) => {
      const [method, path = ''] = route.split(' ');
      const answer = await fetch(url + path.replace(':id', '1'), { method: method as string });
      await answer.arrayBuffer();
      return [route, answer.ok];
    });
    expect(await Promise.all(answers)).toEqual(routes.map((route) => [route, true]));
    return routes.toSorted();
  } finally {
    await app.close();
  }
}

describe.each(ADAPTERS)('the routes of an application on %s are listed where they are served', (adapter) => {
  const many = (prefix: string) =>
    ['one/a', 'one/b', 'other/a', 'other/b'].map((path) => `GET ${prefix}/${path}`);

  it('without anything', async () => {
    const rest = ['GET /plain', 'GET /plain/:id', 'GET /versioned', 'POST /versioned'];
    expect(await listed({ adapter })).toEqual([...many(''), ...rest]);
  });

  it('with versions in the path', async () => {
    const prepare = (app: INestApplication) => app.enableVersioning({ type: VersioningType.URI });
    const versioned = ['GET /v1/versioned', 'GET /v2/versioned', 'GET /versioned', 'POST /v3/versioned'];
    expect(await listed({ adapter, prepare })).toEqual(
      [...many(''), 'GET /plain', 'GET /plain/:id', ...versioned].toSorted(),
    );
  });

  it('with versions of another spelling, and a default one', async () => {
    const prepare = (app: INestApplication) =>
      app.enableVersioning({ type: VersioningType.URI, prefix: 'version-', defaultVersion: '7' });
    const routes = await listed({ adapter, prepare });
    expect(routes).toEqual(expect.arrayContaining(many('/version-7')));
    expect(routes).toEqual(expect.arrayContaining(['GET /version-2/versioned', 'GET /versioned']));
    expect(routes).toHaveLength(10);
  });

  it('with a global prefix, and routes that are excluded from it', async () => {
    const prepare = (app: INestApplication) =>
      app
        .setGlobalPrefix('api', { exclude: ['plain', { path: 'versioned', method: RequestMethod.POST }] })
        .enableVersioning({ type: VersioningType.URI });
    const rest = [
      'GET /api/plain/:id',
      'GET /api/v1/versioned',
      'GET /api/v2/versioned',
      'GET /api/versioned',
    ];
    const excluded = ['GET /plain', 'POST /v3/versioned'];
    expect(await listed({ adapter, prepare })).toEqual([...many('/api'), ...rest, ...excluded].toSorted());
  });

  it('with the prefixes of RouterModule, for each module that has the controller', async () => {
    const children = [{ path: 'second', module: SecondModule }];
    const router = RouterModule.register([{ path: 'first', module: InnerModule, children }]);
    const prepare = (app: INestApplication) => app.setGlobalPrefix('api');
    const routes = await listed({ adapter, imports: [InnerModule, SecondModule, router], prepare });
    expect(routes).toEqual(expect.arrayContaining(['GET /api/first/inner', 'GET /api/first/second/inner']));
    expect(routes).toHaveLength(10);
  });

  it('with versions in a header, which no path shows', async () => {
    const prepare = (app: INestApplication) =>
      app.enableVersioning({
        type: VersioningType.HEADER,
        header: 'x-version',
        defaultVersion: VERSION_NEUTRAL,
      });
    const { app } = await startHost(adapter, {
      controllers: CONTROLLERS,
      module: { unguarded: 'allow' },
      beforeListen: prepare,
    });
    expect(app.get(RouteInventory).unguarded.filter((route) => route.endsWith('versioned'))).toEqual([
      'GET /versioned',
      'POST /versioned',
    ]);
    await app.close();
  });
});
