import { Body, Controller, Get, Post, Req, UseGuards } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import {
  Caller,
  CallingApp,
  CallingUser,
  ProtectedElsewhere,
  type CallerFacts,
  type CallingAppFacts,
  type CallingUserFacts,
} from '@portcullis/nest';
import { integrityToken } from '@portcullis/nest/testing';
import { ADAPTERS } from '../support/host-app.js';
import { noteSecret } from '../support/log-book.js';
import { startPassportHost, type PassportHost } from './passport-host.js';
import { sendTo } from '../support/send-to.js';

@ProtectedElsewhere('Passport')
@Controller()
class GuardedByPassport {
  @UseGuards(AuthGuard('portcullis-app-key'))
  @Get('app-key')
  appKey(@CallingApp() app: CallingAppFacts, @Req() { user }: { user: CallerFacts }): object {
    return { app: app.id, sameAsUser: user.app === app };
  }

  @UseGuards(AuthGuard('portcullis-signature'))
  @Post('signature')
  signature(@Caller() caller: CallerFacts, @Body() body: unknown): object {
    return { app: caller.app?.id, scheme: caller.signature?.scheme, body };
  }

  @UseGuards(AuthGuard('portcullis-integrity'))
  @Get('integrity')
  integrity(@Caller() caller: CallerFacts): object {
    return { app: caller.app?.id, installation: caller.integrity?.installationId };
  }

  @UseGuards(AuthGuard('portcullis-user'))
  @Post('user')
  user(@CallingUser() user: CallingUserFacts, @Caller() { scopes }: CallerFacts): object {
    return { user: user.id, scopes };
  }
}

describe.each(ADAPTERS)('a Passport strategy alone, on %s', (adapter) => {
  let host: PassportHost;
  beforeAll(async () => {
    host = await startPassportHost(adapter, { controllers: [GuardedByPassport] });
  });
  afterAll(() => host.app.close());

  const withUser = (path: string, authorization = `Bearer ${host.token}`) =>
    host.requests.unsigned({ path, body: {}, headers: { authorization } });
  const withIntegrity = (token: string) =>
    host.requests.unsigned({ path: '/integrity', headers: { 'x-integrity-token': noteSecret(token) } });

  it('portcullis-app-key admits a registered app, and hands the facts to the handler and to req.user', async () => {
    const answer = await sendTo(host.app, host.requests.unsigned({ path: '/app-key' }));
    expect(answer).toMatchObject({ status: 200, body: { app: 'bank-ios', sameAsUser: true } });
  });

  it.each(['rfc9421', 'hawk'] as const)(
    'portcullis-signature admits what was signed by %s',
    async (scheme) => {
      const request = host.requests[scheme]({ path: '/signature', body: { amount: 1 } });
      const answer = await sendTo(host.app, request);
      expect(answer).toMatchObject({ status: 201, body: { app: 'bank-ios', scheme, body: { amount: 1 } } });
      expect(answer.headers['server-authorization'] !== undefined).toBe(scheme === 'hawk');
    },
  );

  it('[C15] portcullis-signature refuses what was received before', async () => {
    const request = host.requests.rfc9421({ path: '/signature', body: {} });
    expect(await sendTo(host.app, request)).toMatchObject({ status: 201 });
    expect(await sendTo(host.app, request)).toMatchObject({
      status: 401,
      body: { code: 'signature_replayed' },
    });
  });

  it('[C01] portcullis-signature refuses a body that was changed', async () => {
    const request = host.requests.rfc9421({ path: '/signature', body: { amount: 1 } });
    expect(await sendTo(host.app, { ...request, body: '{"amount":2}' })).toMatchObject({
      status: 401,
      body: { code: 'signature_invalid' },
    });
  });

  it('portcullis-integrity admits the genuine app, and refuses a token that is forged', async () => {
    const parts = {
      appId: 'bank-ios',
      key: host.integritySecret,
      clock: host.clock,
      claims: { did: 'phone-1' },
    };
    expect(await sendTo(host.app, withIntegrity(integrityToken(parts)))).toMatchObject({
      status: 200,
      body: { app: 'bank-ios', installation: 'phone-1' },
    });
    const forged = integrityToken({ ...parts, key: Buffer.alloc(32, 7).toString('base64') });
    expect(await sendTo(host.app, withIntegrity(forged))).toMatchObject({
      status: 401,
      body: { code: 'integrity_token_invalid' },
    });
  });

  it('portcullis-user admits a signed-in user, and says which scopes are effective', async () => {
    expect(await sendTo(host.app, withUser('/user'))).toMatchObject({
      status: 201,
      body: { user: 'ada', scopes: ['accounts:read'] },
    });
  });

  it('[A04] portcullis-user knows its scheme in any case', async () => {
    expect(await sendTo(host.app, withUser('/user', `bEaReR ${host.token}`))).toMatchObject({ status: 201 });
  });

  it('portcullis-user refuses a token that was tampered with', async () => {
    expect(await sendTo(host.app, withUser('/user', `Bearer ${host.token}x`))).toMatchObject({
      status: 401,
      headers: { 'www-authenticate': 'Bearer error="invalid_token"' },
      body: { code: 'user_token_invalid' },
    });
  });

  it('[A02] portcullis-user takes no token from a body or a query', async () => {
    const inBody = host.requests.unsigned({ path: '/user', body: { access_token: host.token } });
    expect(await sendTo(host.app, inBody)).toMatchObject({
      status: 401,
      body: { code: 'user_token_missing' },
    });
    const inQuery = host.requests.unsigned({ path: `/user?access_token=${host.token}`, body: {} });
    expect(await sendTo(host.app, inQuery)).toMatchObject({
      status: 400,
      body: { code: 'malformed_credentials' },
    });
  });

  it('portcullis-user lets a body have a member of that name', async () => {
    const request = host.requests.unsigned({
      path: '/user',
      body: { access_token: 'of somebody else' },
      headers: { authorization: `Bearer ${host.token}` },
    });
    expect(await sendTo(host.app, request)).toMatchObject({ status: 201 });
  });

  it.each([
    ['GET', '/app-key', 'app_key_missing', 'key'],
    ['POST', '/signature', 'app_key_missing', 'key'],
    ['GET', '/integrity', 'app_key_missing', 'key'],
    ['POST', '/user', 'app_key_missing', 'key'],
  ])('answers %s %s without any credential with %s', async (method, path, code, challenge) => {
    const request = host.requests.unsigned({ method, path, headers: { 'x-api-key': undefined } });
    expect(await sendTo(host.app, request)).toMatchObject({
      status: 401,
      headers: {
        'www-authenticate': challenge,
        'content-type': expect.stringMatching('^application/problem[+]json'),
      },
      body: { code, status: 401 },
    });
  });

  it.each([
    ['POST', '/signature', 'signature_missing', 'Hawk'],
    ['GET', '/integrity', 'integrity_token_missing', 'Integrity'],
    ['POST', '/user', 'user_token_missing', 'Bearer'],
  ])('answers %s %s with nothing but a key with %s', async (method, path, code, challenge) => {
    const request = host.requests.unsigned({ method, path });
    expect(await sendTo(host.app, request)).toMatchObject({
      status: 401,
      headers: { 'www-authenticate': challenge },
      body: { code },
    });
  });

  it('[A01] refuses two credentials of one kind', async () => {
    const request = host.requests.unsigned({ path: '/app-key', headers: { authorization: 'key other' } });
    expect(await sendTo(host.app, request)).toMatchObject({
      status: 400,
      body: { code: 'malformed_credentials' },
    });
  });
});
