import { randomBytes } from 'node:crypto';
import { Apps, KeyRing, Users } from '@portcullis/nest';
import { OAuthModule } from '@portcullis/nest/oauth';
import { PORTCULLIS_MIGRATIONS, typeOrmStores } from '@portcullis/nest/typeorm';
import { temporarilyUnavailable } from '../../libs/nest/src/pipeline/index.js';
import { ADAPTERS, startHost } from '../support/host-app.js';
import { describeOnOneDatabase } from '../support/databases.js';
import { basic, expectOAuthError, FORM, startOAuthHost, type OAuthHost } from '../support/oauth-host.js';

describe.each(ADAPTERS)('the token endpoint on %s', (adapter) => {
  describeOnOneDatabase('refreshes', (open) => {
    let host: OAuthHost;

    beforeAll(async () => {
      host = await startOAuthHost(adapter, open);
    });
    afterAll(() => host.stop());

    const refresh = (refresh_token: string, more: Record<string, string> = {}) => ({
      grant_type: 'refresh_token',
      client_id: host.publicId,
      refresh_token,
      ...more,
    });
    const claimsOf = (token: unknown) =>
      JSON.parse(Buffer.from(String(token).split('.')[1] ?? '', 'base64url').toString()) as Record<
        string,
        unknown
      >;

    it('answers as RFC 6749 §5.1 has it, with a token of RFC 9068', async () => {
      const { refreshToken, sessionId } = await host.startSession();
      const { status, body, headers } = await host.post(refresh(refreshToken));
      expect(status).toBe(200);
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('pragma')).toBe('no-cache');
      expect(body).toEqual({
        access_token: expect.any(String),
        token_type: 'Bearer',
        expires_in: expect.any(Number),
        refresh_token: expect.any(String),
        scope: 'accounts:read transfers:write',
      });
      expect(claimsOf(body['access_token'])).toMatchObject({
        sub: host.userId,
        client_id: host.publicId,
        sid: sessionId,
        scope: body['scope'],
      });
      expect((await host.post(refresh(String(body['refresh_token'])))).status).toBe(200);
      const line = host.log.find((one) => one.includes('"admitted"'));
      expect(JSON.parse(line as string)).toMatchObject({ route: 'POST /oauth/token', appId: host.publicId });
    });

    it('narrows the token that is asked for, and only that one', async () => {
      const { refreshToken } = await host.startSession();
      const narrow = await host.post(refresh(refreshToken, { scope: 'accounts:read' }));
      expect(narrow.body['scope']).toBe('accounts:read');
      const again = await host.post(refresh(String(narrow.body['refresh_token'])));
      expect(again.body['scope']).toBe('accounts:read transfers:write');
    });

    it('[RFC 6749 §6] widens nothing, and leaves the refresh token as it was', async () => {
      const { refreshToken } = await host.startSession();
      for (const scope of ['branches:read', 'accounts:read bank:admin', 'a  b', 'a"b', ' '])
        await expectOAuthError(host.post(refresh(refreshToken, { scope })), 400, 'invalid_scope');
      expect((await host.post(refresh(refreshToken))).status).toBe(200);
    });

    it('gives what app and user still hold, from the moment at which it is taken away', async () => {
      const { refreshToken } = await host.startSession();
      const users = host.get(Users);
      await users.change(host.userId, { scopes: ['accounts:read'] });
      const { body } = await host.post(refresh(refreshToken));
      expect(body['scope']).toBe('accounts:read');
      await users.change(host.userId, { scopes: ['accounts:read', 'transfers:write'] });
      await host.get(Apps).change(host.publicId, { scopes: ['transfers:write'] });
      const again = await host.post(refresh(String(body['refresh_token'])));
      expect(again.body['scope']).toBe('transfers:write');
      await host.get(Apps).change(host.publicId, { scopes: ['accounts:read', 'transfers:write'] });
    });

    it('refuses the session of a user who was suspended', async () => {
      const { refreshToken } = await host.startSession();
      await host.get(Users).change(host.userId, { suspended: true });
      await expectOAuthError(host.post(refresh(refreshToken)), 400, 'invalid_grant');
      await host.get(Users).change(host.userId, { suspended: false });
      expect((await host.post(refresh(refreshToken))).status).toBe(200);
    });

    it('[G02] [G08] alarms with fingerprints, and answers nothing more than to any other token', async () => {
      const { refreshToken, sessionId } = await host.startSession();
      const unknown = await host.post(refresh('made-up'));
      const headers = basic(host.confidential.id, host.confidential.secret);
      const stolen = await host.post({ grant_type: 'refresh_token', refresh_token: refreshToken }, headers);
      expect([stolen.status, stolen.body]).toEqual([400, unknown.body]);
      const line = JSON.parse(host.log.findLast((one) => one.includes('"alarm"')) as string) as object;
      expect(line).toMatchObject({
        event: 'alarm',
        reason: 'refresh_token_of_another_app',
        code: 'invalid_grant',
        session: expect.stringMatching(/^[0-9a-f]{8}$/),
        subject: expect.stringMatching(/^[0-9a-f]{8}$/),
      });
      expect(JSON.stringify(line)).not.toContain(sessionId);
      const [event] = await host.stores.audit.find({ subject: sessionId, limit: 1 });
      expect(event).toMatchObject({
        action: 'refresh-token.reused',
        party: { kind: 'host' },
        address: '127.0.0.1',
        requestId: (line as { requestId: string }).requestId,
      });
      await expectOAuthError(host.post(refresh(refreshToken)), 400, 'invalid_grant');
    });

    describe('when it is asked for something else', () => {
      it('[A17] refuses a parameter that appears twice', async () => {
        const { refreshToken } = await host.startSession();
        const text = new URLSearchParams(refresh(refreshToken)).toString();
        for (const twice of [
          'scope=a&scope=b',
          'grant_type=refresh_token',
          'x=1&x=1',
          `client_id=${host.publicId}`,
        ])
          await expectOAuthError(host.post(`${text}&${twice}`), 400, 'invalid_request');
        expect((await host.post(`${text}&scope=&unknown=1`)).status).toBe(200);
      });

      it('[A20] refuses whatever is no form', async () => {
        const { refreshToken } = await host.startSession();
        const form = new URLSearchParams(refresh(refreshToken)).toString();
        for (const [type, text] of [
          ['application/json', JSON.stringify(refresh(refreshToken))],
          ['text/plain', form],
          ['multipart/form-data; boundary=x', form],
          ['application/x-www-form-urlencoded-not', form],
        ] as const)
          await expectOAuthError(host.post(text, { 'Content-Type': type }), 400, 'invalid_request');
        const bytes = await fetch(`${host.url}/oauth/token`, { method: 'POST', body: Buffer.from(form) });
        expect([bytes.status, await bytes.json()]).toMatchObject([400, { error: 'invalid_request' }]);
        const none = await fetch(`${host.url}/oauth/token`, { method: 'POST' });
        expect([none.status, await none.json()]).toMatchObject([400, { error: 'invalid_request' }]);
        const charset = { 'Content-Type': 'application/x-www-form-urlencoded; charset=UTF-8' };
        expect((await host.post(form, charset)).status).toBe(200);
      });

      it('refuses grants that are missing or unknown, and repeats nothing of what was asked', async () => {
        const client_id = host.publicId;
        await expectOAuthError(host.post({ client_id }), 400, 'invalid_request');
        await expectOAuthError(host.post({ client_id, grant_type: 'refresh_token' }), 400, 'invalid_request');
        for (const grant_type of ['Refresh_Token', 'implicit', '__proto__', 'constructor', '<script>']) {
          const { body } = await host.post({ client_id, grant_type });
          expect(body['error']).toBe('unsupported_grant_type');
          expect(JSON.stringify(body)).not.toContain(grant_type);
        }
      });

      it('refuses credentials in the query', async () => {
        const { refreshToken } = await host.startSession();
        const text = new URLSearchParams(refresh(refreshToken)).toString();
        const post = (query: string) =>
          fetch(`${host.url}/oauth/token${query}`, { method: 'POST', headers: FORM, body: text });
        const inQuery = await post('?access_token=x');
        expect([inQuery.status, await inQuery.json()]).toMatchObject([400, { error: 'invalid_request' }]);
        expect((await post('?tenant=1')).status).toBe(200);
      });

      it('leaves what cannot be read to the application', async () => {
        const json = await host.post('{', { 'Content-Type': 'application/json' });
        expect([json.status, json.body['code']]).toEqual([400, 'malformed_request']);
        const large = await host.post(`x=${'y'.repeat(70_000)}`);
        expect([large.status, large.body['code']]).toEqual([413, 'body_too_large']);
        const get = await fetch(`${host.url}/oauth/token`);
        expect([get.status, get.headers.get('allow')]).toEqual([405, 'POST, OPTIONS']);
      });
    });

    it('[N06] answers 503 when it cannot know, never that a grant does not hold', async () => {
      const { refreshToken } = await host.startSession();
      // The feed is read every second.
      const away = jest.spyOn(host.stores.changes, 'after');
      away.mockRejectedValue(temporarilyUnavailable('database'));
      host.clock.advance(120);
      const stale = await expectOAuthError(host.post(refresh(refreshToken)), 503, 'temporarily_unavailable');
      expect(stale.get('retry-after')).toBe('5');
      away.mockRestore();
      await host.pass(0);
      expect((await host.post(refresh(refreshToken))).status).toBe(200);
    });
  });
});

describeOnOneDatabase('the module of the token endpoint', (open) => {
  it('does not stand where there is nothing to issue, or nowhere to keep it', async () => {
    const imports = [OAuthModule.forRoot()];
    await expect(startHost('fastify', { imports })).rejects.toThrow('PortcullisModule has none');
    const { dataSource, close } = await open({ migrations: PORTCULLIS_MIGRATIONS });
    const stores = typeOrmStores(dataSource, { databaseIsOpenTo: 'this-process' });
    const keyRing = new KeyRing([randomBytes(32)]);
    const module = { apps: undefined as never, stores, keyRing };
    await expect(startHost('fastify', { imports, module })).rejects.toThrow('expected the option tokens');
    await close();
  });
});
