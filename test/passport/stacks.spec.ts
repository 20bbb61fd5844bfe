import { Controller, Get, UseGuards } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import {
  Caller,
  IntegrityGuard,
  Protect,
  ProtectedElsewhere,
  SignatureGuard,
  UserGuard,
  UserScopes,
  type CallerFacts,
} from '@portcullis/nest';
import { integrityToken } from '@portcullis/nest/testing';
import { ADAPTERS } from '../support/host-app.js';
import { noteSecret } from '../support/log-book.js';
import { startPassportHost, type PassportHost } from './passport-host.js';
import { sendTo } from '../support/send-to.js';

const told = ({ app, signature, user, integrity, scopes }: CallerFacts) => ({
  app: app?.id,
  signed: signature !== undefined,
  genuine: integrity !== undefined,
  user: user?.id,
  scopes,
});

@Controller()
class Stacked {
  @UseGuards(AuthGuard('portcullis-signature'), AuthGuard('portcullis-user'))
  @ProtectedElsewhere('Passport')
  @Get('signed-user')
  signedUser(@Caller() caller: CallerFacts): object {
    return told(caller);
  }

  @UseGuards(AuthGuard('portcullis-user'), AuthGuard('portcullis-signature'), AuthGuard('portcullis-app-key'))
  @ProtectedElsewhere('Passport')
  @Get('other-order')
  otherOrder(@Caller() caller: CallerFacts): object {
    return told(caller);
  }

  @UseGuards(AuthGuard('portcullis-signature'), AuthGuard(['portcullis-signature', 'portcullis-user']))
  @ProtectedElsewhere('Passport')
  @Get('twice')
  twice(@Caller() caller: CallerFacts): object {
    return told(caller);
  }

  @UseGuards(AuthGuard('portcullis-signature'), SignatureGuard, UserGuard)
  @UserScopes('accounts:read')
  @Get('strategy-then-guards')
  strategyThenGuards(@Caller() caller: CallerFacts): object {
    return told(caller);
  }

  @UseGuards(SignatureGuard, AuthGuard('portcullis-signature'), AuthGuard('portcullis-user'))
  @Get('guard-then-strategies')
  guardThenStrategies(@Caller() caller: CallerFacts): object {
    return told(caller);
  }

  @UseGuards(AuthGuard('portcullis-integrity'), IntegrityGuard)
  @Protect({ integrity: { singleUse: true } })
  @Get('single-use')
  singleUse(@Caller() caller: CallerFacts): object {
    return told(caller);
  }

  @UseGuards(AuthGuard('portcullis-user'), UserGuard)
  @UserScopes('transfers:write')
  @Get('scoped')
  scoped(@Caller() caller: CallerFacts): object {
    return told(caller);
  }
}

describe.each(ADAPTERS)('stacked Passport strategies on %s', (adapter) => {
  let host: PassportHost;
  beforeAll(async () => {
    host = await startPassportHost(adapter, { controllers: [Stacked] });
  });
  afterAll(() => host.app.close());

  const signed = (path: string) =>
    host.requests.rfc9421({ path, headers: { authorization: `Bearer ${host.token}` } });

  it.each(['/signed-user', '/other-order', '/strategy-then-guards', '/guard-then-strategies'])(
    'GET %s adds up what each established, admits a signature once, and refuses it the second time',
    async (path) => {
      const request = signed(path);
      expect(await sendTo(host.app, request)).toMatchObject({
        status: 200,
        body: { app: 'bank-ios', signed: true, user: 'ada', scopes: ['accounts:read'] },
      });
      expect(await sendTo(host.app, request)).toMatchObject({
        status: 401,
        body: { code: 'signature_replayed' },
      });
    },
  );

  it('asks one strategy once, however often it is named', async () => {
    host.decisions.length = 0;
    expect(await sendTo(host.app, signed('/twice'))).toMatchObject({ status: 200, body: { signed: true } });
    expect(host.decisions.map(({ event, route }) => ({ event, route }))).toEqual([
      { event: 'admitted', route: 'layer request-signature' },
    ]);
  });

  it('demands every strategy of a stack', async () => {
    const { app, requests, token } = host;
    expect(await sendTo(app, requests.rfc9421({ path: '/signed-user' }))).toMatchObject({
      status: 401,
      body: { code: 'user_token_missing' },
    });
    const unsigned = { path: '/signed-user', headers: { authorization: `Bearer ${token}` } };
    expect(await sendTo(app, requests.unsigned(unsigned))).toMatchObject({
      status: 401,
      body: { code: 'signature_missing' },
    });
  });

  it('leaves to a guard what it demands beyond the strategy: a single use, and scopes', async () => {
    const token = integrityToken({ appId: 'bank-ios', key: host.integritySecret, clock: host.clock });
    const headers = { 'x-integrity-token': noteSecret(token) };
    const genuine = host.requests.unsigned({ path: '/single-use', headers });
    expect(await sendTo(host.app, genuine)).toMatchObject({ status: 200, body: { genuine: true } });
    expect(await sendTo(host.app, genuine)).toMatchObject({
      status: 401,
      body: { code: 'integrity_token_invalid' },
    });
    expect(await sendTo(host.app, signed('/scoped'))).toMatchObject({
      status: 403,
      body: { code: 'insufficient_scope', scope: 'transfers:write' },
    });
  });
});
