import { Controller, Get, Injectable, Req, UseGuards, UnauthorizedException } from '@nestjs/common';
import { AuthGuard, PassportStrategy } from '@nestjs/passport';
import { Strategy } from 'passport-custom';
import { ProtectedElsewhere } from '@portcullis/nest';
import { ADAPTERS } from '../support/host-app.js';
import { startPassportHost, type PassportHost } from './passport-host.js';
import { sendTo } from '../support/send-to.js';

interface Asking {
  readonly headers: Readonly<Record<string, string | undefined>>;
}

/** Of the host: a partner is known by a header. */
@Injectable()
class PartnerStrategy extends PassportStrategy(Strategy, 'partner') {
  validate({ headers }: Asking): object | false {
    return headers['x-partner'] === 'a-good-partner' && { partner: true };
  }
}

interface Admitted {
  readonly user: { readonly partner?: boolean; readonly app?: { id: string }; readonly signature?: object };
}

const told = ({ user }: Admitted) =>
  user.partner ? 'partner' : user.signature ? `signed by ${user.app?.id}` : user.app?.id;

@ProtectedElsewhere('Passport')
@Controller()
class Listed {
  @UseGuards(AuthGuard(['portcullis-signature', 'portcullis-app-key']))
  @Get('signed-or-key')
  signedOrKey(@Req() request: Admitted): object {
    return { by: told(request) };
  }

  @UseGuards(AuthGuard(['portcullis-user', 'portcullis-integrity', 'portcullis-app-key']))
  @Get('user-or-key')
  userOrKey(@Req() request: Admitted): object {
    return { by: told(request) };
  }

  @UseGuards(AuthGuard(['portcullis-signature', 'partner']))
  @Get('signed-or-partner')
  signedOrPartner(@Req() request: Admitted): object {
    return { by: told(request) };
  }

  @UseGuards(AuthGuard(['partner', 'portcullis-signature']))
  @Get('partner-or-signed')
  partnerOrSigned(@Req() request: Admitted): object {
    return { by: told(request) };
  }

  @UseGuards(AuthGuard('partner'))
  @Get('partner')
  partner(@Req() request: Admitted): object {
    return { by: told(request) };
  }

  @UseGuards(AuthGuard(['portcullis-signature', 'partner']))
  @Get('refused-by-the-handler')
  refused(): never {
    throw new UnauthorizedException();
  }
}

describe.each(ADAPTERS)('a list of strategies in one AuthGuard on %s', (adapter) => {
  let host: PassportHost;
  beforeAll(async () => {
    host = await startPassportHost(adapter, { controllers: [Listed], providers: [PartnerStrategy] });
  });
  afterAll(() => host.app.close());

  const key = (path: string, headers: Record<string, string | undefined> = {}) =>
    host.requests.unsigned({ path, headers });
  const nothing = (path: string) => key(path, { 'x-api-key': undefined });
  const forged = (path: string, headers = {}) =>
    host.requests.rfc9421({ path, headers, secret: 'not the secret of this app, and long enough' });
  const partner = { 'x-partner': 'a-good-partner' };

  it('asks the next where a credential is missing', async () => {
    expect(await sendTo(host.app, host.requests.rfc9421({ path: '/signed-or-key' }))).toMatchObject({
      status: 200,
      body: { by: 'signed by bank-ios' },
    });
    for (const path of ['/signed-or-key', '/user-or-key'])
      expect(await sendTo(host.app, key(path))).toMatchObject({ status: 200, body: { by: 'bank-ios' } });
  });

  it('[C10] never asks a weaker one where a credential is wrong', async () => {
    expect(await sendTo(host.app, forged('/signed-or-key'))).toMatchObject({
      status: 401,
      body: { code: 'signature_invalid' },
    });
    const wrongUser = key('/user-or-key', { authorization: 'Bearer of.no.body' });
    expect(await sendTo(host.app, wrongUser)).toMatchObject({
      status: 401,
      body: { code: 'user_token_invalid' },
    });
    const wrongIntegrity = key('/user-or-key', { 'x-integrity-token': 'of.no.body' });
    expect(await sendTo(host.app, wrongIntegrity)).toMatchObject({
      status: 401,
      body: { code: 'integrity_token_invalid' },
    });
    const wrongApp = key('/user-or-key', { 'x-api-key': 'nobody' });
    expect(await sendTo(host.app, wrongApp)).toMatchObject({
      status: 401,
      body: { code: 'app_key_invalid' },
    });
  });

  it('never asks a weaker one for a replay', async () => {
    const request = host.requests.rfc9421({ path: '/signed-or-key' });
    await sendTo(host.app, request);
    expect(await sendTo(host.app, request)).toMatchObject({
      status: 401,
      body: { code: 'signature_replayed' },
    });
  });

  it('answers with what is missing of the first, where all are', async () => {
    expect(await sendTo(host.app, nothing('/signed-or-key'))).toMatchObject({
      status: 401,
      body: { code: 'app_key_missing' },
    });
    expect(await sendTo(host.app, key('/signed-or-partner'))).toMatchObject({
      status: 401,
      body: { code: 'signature_missing' },
    });
    expect(await sendTo(host.app, key('/partner-or-signed'))).toMatchObject({
      status: 401,
      body: { code: 'signature_missing' },
    });
  });

  it.each(['/signed-or-partner', '/partner-or-signed'])(
    'GET %s stands beside a strategy of the host',
    async (path) => {
      expect(await sendTo(host.app, key(path, partner))).toMatchObject({
        status: 200,
        body: { by: 'partner' },
      });
      expect(await sendTo(host.app, host.requests.rfc9421({ path }))).toMatchObject({
        status: 200,
        body: { by: 'signed by bank-ios' },
      });
    },
  );

  it('does not let a strategy of the host make up for a signature that is wrong', async () => {
    expect(await sendTo(host.app, forged('/signed-or-partner', partner))).toMatchObject({
      status: 401,
      body: { code: 'signature_invalid' },
    });
  });

  it('leaves the refusals of a host’s own guard and handler their status, and says no more', async () => {
    const plain = { status: 401, body: { type: 'about:blank', title: 'Unauthorized', status: 401 } };
    for (const request of [key('/partner'), key('/refused-by-the-handler', partner)]) {
      const answer = await sendTo(host.app, request);
      expect(answer).toMatchObject(plain);
      expect(answer.body).not.toHaveProperty('code');
    }
  });
});
