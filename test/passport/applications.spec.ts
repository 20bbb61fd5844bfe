import { Controller, Get, UseGuards } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import {
  AppScopes,
  CallingApp,
  ProtectedElsewhere,
  UserScopes,
  type CallingAppFacts,
} from '@portcullis/nest';
import { ADAPTERS, type AdapterName } from '../support/host-app.js';
import { startPassportHost, type PassportHost } from './passport-host.js';
import { sendTo } from '../support/send-to.js';

@ProtectedElsewhere('Passport')
@Controller()
class Guarded {
  @UseGuards(AuthGuard('portcullis-signature'))
  @Get('signed')
  signed(@CallingApp() app: CallingAppFacts): object {
    return { app: app.id };
  }
}

describe('two applications in one process', () => {
  it.each([
    ['fastify', 'fastify'],
    ['express', 'express'],
    ['fastify', 'express'],
  ] as [AdapterName, AdapterName][])('know each its own apps and secrets: %s and %s', async (one, other) => {
    const bank = await startPassportHost(one, { appId: 'bank-ios', controllers: [Guarded] });
    const shop = await startPassportHost(other, { appId: 'shop-ios', controllers: [Guarded] });
    const twin = await startPassportHost(one, { appId: 'bank-ios', controllers: [Guarded] });
    const status = async (at: PassportHost, of: PassportHost) => {
      const { body } = await sendTo(at.app, of.requests.rfc9421({ path: '/signed' }));
      return body['app'] ?? body['code'];
    };
    try {
      expect(await status(bank, bank)).toBe('bank-ios');
      expect(await status(shop, shop)).toBe('shop-ios');
      expect(await status(bank, shop)).toBe('signature_invalid');
      expect(await status(shop, bank)).toBe('signature_invalid');
      expect(await status(bank, twin)).toBe('signature_invalid');
      await twin.app.close();
      await shop.app.close();
      expect(await status(bank, bank)).toBe('bank-ios');
    } finally {
      await Promise.all([bank, shop, twin].map(({ app }) => app.close()));
    }
  });
});

@Controller()
class Scoped {
  @ProtectedElsewhere('Passport')
  @UseGuards(AuthGuard('portcullis-app-key'))
  @AppScopes('accounts:read')
  @Get('scoped')
  scoped(): object {
    return {};
  }
}

@UserScopes('accounts:read')
@Controller()
class ScopedAsAWhole {
  @UseGuards(AuthGuard('portcullis-user'))
  @Get('scoped')
  scoped(): object {
    return {};
  }
}

describe.each(ADAPTERS)('scopes that only strategies would look at, on %s', (adapter) => {
  it.each([Scoped, ScopedAsAWhole])('stop the start, whatever is allowed to be open', async (controller) => {
    const start = startPassportHost(adapter, { controllers: [controller], module: { unguarded: 'allow' } });
    await expect(start).rejects.toThrow(/^GET \/scoped demands scopes, and no guard of this library/);
  });
});

describe.each(ADAPTERS)('refusals of a host that answers for its own errors, on %s', (adapter) => {
  it('are problem documents where a credential is wrong, and Nest’s 401 where it is missing', async () => {
    const host = await startPassportHost(adapter, {
      controllers: [Guarded],
      module: { problems: 'security' },
    });
    try {
      const forged = host.requests.rfc9421({ path: '/signed', parameters: { created: 1 } });
      expect(await sendTo(host.app, forged)).toMatchObject({
        status: 401,
        body: { code: 'signature_stale' },
      });
      expect(await sendTo(host.app, host.requests.unsigned({ path: '/signed' }))).toMatchObject({
        status: 401,
        body: { message: 'Unauthorized', statusCode: 401 },
      });
    } finally {
      await host.app.close();
    }
  });
});
