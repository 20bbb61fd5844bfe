import { Apps, AuditStore, Users } from '@portcullis/nest';
import { ResourceServers } from '../../libs/nest/src/authorities/resources/index.js';
import { Revocations } from '../../libs/nest/src/authorities/revocations/index.js';
import { temporarilyUnavailable } from '../../libs/nest/src/pipeline/index.js';
import { describeOnOneDatabase } from '../support/databases.js';
import { ADAPTERS } from '../support/host-app.js';
import { noteSecret } from '../support/log-book.js';
import {
  basic,
  expectOAuthError,
  FORM,
  startOAuthHost,
  type OAuthHost,
  type TokenAnswered,
} from '../support/oauth-host.js';

describe.each(ADAPTERS)('on %s', (adapter) => {
  describeOnOneDatabase('Tokens that are asked about or revoked', (open) => {
    let host: OAuthHost;
    let server: { id: string; secret: string };

    beforeAll(async () => {
      host = await startOAuthHost(adapter, open);
      const { app, clientSecret = '' } = await host
        .get(Apps)
        .register({ name: 'Reports', clientType: 'confidential', scopes: ['accounts:read'] });
      server = { id: app.id, secret: clientSecret };
      const identifier = 'https://reports.example/';
      const given = { name: 'Reports', scopes: ['accounts:read'], appId: app.id };
      await host.get(ResourceServers).register({ identifier, ...given });
    });
    afterAll(() => host.stop());

    const tokensOf = async (appId = host.confidential.id) => {
      const { refreshToken, sessionId } = await host.startSession(appId);
      const isPublic = appId === host.publicId;
      const body = { grant_type: 'refresh_token', refresh_token: refreshToken };
      const { body: answered } = isPublic
        ? await host.post({ ...body, client_id: appId })
        : await host.post(body, basic(host.confidential.id, host.confidential.secret));
      const { access_token, refresh_token } = answered as Record<string, string>;
      return {
        access: access_token as string,
        refresh: refresh_token as string,
        old: refreshToken,
        sessionId,
      };
    };
    const client = () => basic(host.confidential.id, host.confidential.secret);
    const ask = (token: string, headers = client()) => host.post({ token }, headers, 'introspect');
    const askOften = (token: string, headers: Record<string, string>, times: number) =>
      Promise.all(Array.from({ length: times }, () => ask(token, headers)));
    const newGuesser = async () => {
      const { app, clientSecret = '' } = await host
        .get(Apps)
        .register({ name: 'Guesser', clientType: 'confidential', scopes: [] });
      return basic(app.id, noteSecret(clientSecret));
    };
    /** Room for another guess comes by itself, five times a second. */
    const guessUntilRefused = async (guesser: Record<string, string>, guess = 'garbage') => {
      let refused: TokenAnswered | undefined;
      for (let asked = 0; asked < 500 && !refused; asked += 50)
        refused = (await askOften(guess, guesser, 50)).find(({ status }) => status !== 200);
      if (!refused) throw new Error('was never refused');
      return expectOAuthError(Promise.resolve(refused), 429, 'rate_limited');
    };
    const revoke = (token: string, headers: Record<string, string> = client(), more = {}) =>
      host.post({ token, ...more }, headers, 'revoke');

    it('[RFC 7662 §2.2] are described to the app that they were issued to', async () => {
      const { access, refresh } = await tokensOf();
      const { status, body, headers } = await ask(access);
      expect(status).toBe(200);
      expect(headers.get('cache-control')).toBe('no-store');
      expect(body).toEqual({
        active: true,
        scope: 'accounts:read transfers:write',
        client_id: host.confidential.id,
        token_type: 'Bearer',
        exp: expect.any(Number),
        iat: expect.any(Number),
        sub: host.userId,
        aud: 'https://bank.example',
        iss: 'https://bank.example',
        jti: expect.any(String),
      });
      expect((await ask(refresh)).body).toMatchObject({ active: true, sub: host.userId });
    });

    it('[H09] are nothing to any other client, whatever they are', async () => {
      const { access, refresh, old } = await tokensOf(host.publicId);
      const inactive = [access, refresh, old, `${access}x`, 'garbage', access.replace(/^[^.]+/, 'e30'), '…'];
      for (const token of inactive) expect((await ask(token)).body).toEqual({ active: false });
      const hidden = await Promise.all(inactive.map((token) => ask(token, basic(server.id, server.secret))));
      expect(hidden.map(({ body }) => body)).toEqual(inactive.map(() => ({ active: false })));
      await expectOAuthError(ask(access, FORM), 401, 'invalid_client');
      const asPublic = host.post({ token: access, client_id: host.publicId }, FORM, 'introspect');
      await expectOAuthError(asPublic, 401, 'invalid_client');
    });

    it('are described as they stand now: without a scope that was taken away, and as nothing when revoked', async () => {
      const { access, sessionId } = await tokensOf();
      await host.get(Users).change(host.userId, { scopes: ['accounts:read'] });
      await host.pass(1);
      expect((await ask(access)).body).toMatchObject({ active: true, scope: 'accounts:read' });
      await host.get(Users).change(host.userId, { scopes: ['accounts:read', 'transfers:write'] });
      await host.stores.sessions.find(sessionId);
      await revoke(access);
      expect((await ask(access)).body).toEqual({ active: false });
    });

    it('[H10] RFC 7009 §2.1: an access token is revoked alone', async () => {
      const { access, refresh } = await tokensOf();
      expect(await revoke(access)).toMatchObject({ status: 200 });
      expect(await revoke(access)).toMatchObject({ status: 200 });
      expect((await ask(access)).body).toEqual({ active: false });
      expect((await ask(refresh)).body).toMatchObject({ active: true });
      const [entry] = await host.get(AuditStore).find({ action: 'token.revoked', limit: 1 });
      expect(entry?.details).toEqual({ appId: host.confidential.id, userId: host.userId });
    });

    it('[H10] a refresh token is revoked with its session, whichever of the family it is', async () => {
      for (const which of ['refresh', 'old'] as const) {
        const tokens = await tokensOf();
        await revoke(tokens[which]);
        expect((await ask(tokens.access)).body).toEqual({ active: false });
        const again = { grant_type: 'refresh_token', refresh_token: tokens.refresh };
        await expectOAuthError(host.post(again, client()), 400, 'invalid_grant');
      }
    });

    it('[H10] what is unknown, or another client’s, is answered alike and left as it is', async () => {
      const { access, refresh } = await tokensOf(host.publicId);
      for (const token of [access, refresh, 'garbage', 'a.b.c'])
        expect(await revoke(token)).toMatchObject({ status: 200 });
      const alive = await host.post({
        grant_type: 'refresh_token',
        refresh_token: refresh,
        client_id: host.publicId,
      });
      expect(alive.status).toBe(200);
      expect(
        await revoke(String(alive.body['refresh_token']), FORM, { client_id: host.publicId }),
      ).toMatchObject({
        status: 200,
      });
    });

    it('[H10] are revoked by POST alone, and only where one is named', async () => {
      await expectOAuthError(host.post({}, client(), 'revoke'), 400, 'invalid_request');
      expect((await fetch(`${host.url}/oauth/revoke?token=x`)).status).toBe(405);
    });

    it('[H11] are never said to be revoked while that cannot be kept', async () => {
      const { access, refresh } = await tokensOf();
      for (const token of [access, refresh]) {
        const away = jest.spyOn(host.stores.transactions, 'run');
        away.mockRejectedValue(temporarilyUnavailable('database'));
        const headers = await expectOAuthError(revoke(token), 503, 'temporarily_unavailable');
        expect(headers.get('retry-after')).toBe('5');
        away.mockRestore();
        expect((await ask(token)).body).toMatchObject({ active: true });
        expect(await revoke(token)).toMatchObject({ status: 200 });
        expect((await ask(token)).body).toEqual({ active: false });
      }
    });

    it('[H09] are not found out by asking for long', async () => {
      await guessUntilRefused(basic(server.id, server.secret));
      const { access } = await tokensOf();
      expect((await ask(access)).body).toMatchObject({ active: true });
    });

    it('[H09] are told apart again once whoever guessed has let some time pass, however long it guessed', async () => {
      const guesser = await newGuesser();
      expect((await guessUntilRefused(guesser)).get('retry-after')).toBe('1');
      await host.pass(1);
      expect((await ask('garbage', guesser)).body).toEqual({ active: false });
      await host.pass(60);
      expect((await askOften('garbage', guesser, 290)).every(({ status }) => status === 200)).toBe(true);
    });

    it('[RFC 7662 §2.2] are no guesses when they are over, however often they are asked about', async () => {
      const asking = await newGuesser();
      const { access, refresh, old, sessionId } = await tokensOf();
      const [others, ended] = [await tokensOf(host.publicId), await tokensOf()];
      await revoke(access);
      await revoke(ended.refresh);
      await host.get(Revocations).revoke({ familyId: sessionId });
      // What was revoked; what came before; what is somebody else's and holds; and then all that has expired.
      const over = [access, refresh, old, ended.refresh, ended.access, others.access, others.refresh];
      for (const seconds of [1, 400]) {
        await host.pass(seconds);
        for (const token of over)
          for (const { status, body } of await askOften(token, asking, 50))
            expect([status, body]).toEqual([200, { active: false }]);
      }
      // Who has guessed already is not refused them either: an app that is told 401 refreshes.
      await guessUntilRefused(asking);
      for (const token of over) expect((await ask(token, asking)).body).toEqual({ active: false });
      for (const forged of [`${access.slice(0, -4)}AAAA`, `${refresh.slice(0, -4)}AAAA`])
        await guessUntilRefused(asking, forged);
    });
  });
});
