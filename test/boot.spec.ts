import { Controller, Get, Post, type INestApplication } from '@nestjs/common';
import { AppScopes, Protect, ProtectedElsewhere, Public, UserScopes } from '@portcullis/nest';
import express, { Router } from 'express';
import { RouteInventory } from '../libs/nest/src/pipeline/index.js';
import { ADAPTERS, startHost } from './support/host-app.js';

@Controller('forgotten')
class ForgottenController {
  @Get(':id')
  read(): string {
    return 'secret';
  }

  @Public()
  @Get()
  open(): string {
    return 'open';
  }

  @ProtectedElsewhere('the host checks a cookie')
  @Post()
  elsewhere(): string {
    return 'elsewhere';
  }
}

@Controller('signed')
class SignedController {
  @Protect({ signature: true })
  @Post()
  post(): string {
    return 'signed';
  }
}

@Controller('user')
class UserController {
  @Protect()
  @UserScopes('accounts:read')
  @Get()
  read(): string {
    return 'user';
  }
}

@Controller('misspelt')
class MisspeltController {
  @Protect()
  @AppScopes('accounts read')
  @Get()
  read(): string {
    return 'never';
  }
}

describe.each(ADAPTERS)('starting on %s', (adapter) => {
  it('[N20] refuses to start with an unguarded route, and names it alone', async () => {
    const start = startHost(adapter, { controllers: [ForgottenController] });
    await expect(start).rejects.toThrow(/@ProtectedElsewhere\('reason'\)\): GET \/forgotten\/:id$/);
  });

  it('starts with an unguarded route where the host says so', async () => {
    for (const unguarded of ['warn', 'allow'] as const) {
      const { app } = await startHost(adapter, { controllers: [ForgottenController], module: { unguarded } });
      await app.close();
    }
  });

  it('[C03] refuses to start when a route is signed and nobody keeps the bytes of bodies', async () => {
    const start = startHost(adapter, { controllers: [SignedController], portcullis: false });
    await expect(start).rejects.toThrow(/POST \/signed demands a signature, and nobody keeps the bytes/);
  });

  it('refuses to start when a route demands user scopes and no user', async () => {
    await expect(startHost(adapter, { controllers: [UserController] })).rejects.toThrow(
      'GET /user demands user scopes and no user',
    );
  });

  it('refuses to start when a scope that a route demands can be nobody’s, and names both', async () => {
    await expect(startHost(adapter, { controllers: [MisspeltController] })).rejects.toThrow(
      'GET /misspelt demands the scope "accounts read"',
    );
  });

  it('refuses to start when nobody sees the routes that are added to Fastify directly', async () => {
    const add = (host: INestApplication) => host.getHttpAdapter().get('/direct', () => 'direct');
    const start = (unguarded: 'refuse' | 'warn') =>
      startHost(adapter, { controllers: [], portcullis: false, beforeListen: add, module: { unguarded } });
    await expect(start('refuse')).rejects.toThrow(
      adapter === 'fastify' ? /call usePortcullis\(app\) before/ : /: GET \/direct$/,
    );
    const { app } = await start('warn');
    await app.close();
  });

  it('refuses to start with a route that was added to the adapter directly, unless it is listed', async () => {
    const add = (host: INestApplication) => host.getHttpAdapter().get('/direct', () => 'direct');
    await expect(startHost(adapter, { controllers: [], beforeListen: add })).rejects.toThrow(
      /: GET \/direct$/,
    );
    const { app } = await startHost(adapter, {
      controllers: [],
      beforeListen: add,
      module: { knownRoutes: ['GET /direct'] },
    });
    await app.close();
  });
});

describe('starting on express', () => {
  const mount = (host: INestApplication) => {
    const [outer, inner, atRoot] = [Router(), Router(), Router()];
    inner.get('/b', () => 'b');
    outer.use('/a', inner);
    atRoot.post('/c', () => 'c');
    host.use('/x', outer);
    host.use(atRoot);
    host.use('/whole', express());
  };

  it('refuses to start with the routes of mounted routers and applications, unless they are listed', async () => {
    const start = (knownRoutes: string[]) =>
      startHost('express', { controllers: [], beforeListen: mount, module: { knownRoutes } });
    await expect(start([])).rejects.toThrow(/: GET \/x\/a\/b, POST \/c, USE \/whole$/);
    const { app } = await start(['GET /x/*', 'POST /c', 'USE /whole']);
    await app.close();
  });

  it('refuses them without their prefix where Express keeps no text of it', () => {
    const router = Router();
    router.get('/b', () => 'b');
    const { stack } = Router().use('/x', router) as unknown as { stack: { rawPath?: unknown }[] };
    delete stack[0]?.rawPath;
    const adapter = { getType: () => 'express', getInstance: () => ({ router: { stack } }) };
    expect(new RouteInventory().directRoutes(adapter as never)).toEqual(['GET /<mount>/b']);
  });
});
