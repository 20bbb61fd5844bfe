import { Apps } from '@portcullis/nest';
import { describeOnOneDatabase } from '../support/databases.js';
import { ADAPTERS } from '../support/host-app.js';
import { basic, expectOAuthError, FORM, startOAuthHost, type OAuthHost } from '../support/oauth-host.js';

describe.each(ADAPTERS)('the token endpoint on %s', (adapter) => {
  describeOnOneDatabase('answers clients', (open) => {
    let host: OAuthHost;

    beforeAll(async () => {
      host = await startOAuthHost(adapter, open);
    });
    afterAll(() => host.stop());

    const asked = async (more: Record<string, string> = {}) => ({
      grant_type: 'refresh_token',
      refresh_token: (await host.startSession(host.confidential.id)).refreshToken,
      ...more,
    });

    it('that authenticate in one of the ways that there are', async () => {
      const { id, secret } = host.confidential;
      expect((await host.post(await asked(), basic(id, secret))).status).toBe(200);
      expect((await host.post(await asked({ client_id: id }), basic(id, secret))).status).toBe(200);
      const posted = await asked({ client_id: id, client_secret: secret });
      expect((await host.post(posted)).status).toBe(200);
    });

    it('[H02] RFC 6749 §2.3.1: that encode both halves before they join them', async () => {
      const { app, clientSecret = '' } = await host
        .get(Apps)
        .register({ id: 'a+b%c', name: 'Odd', clientType: 'confidential', grantTypes: ['refresh_token'] });
      const { refreshToken } = await host.startSession(app.id);
      const body = { grant_type: 'refresh_token', refresh_token: refreshToken };
      const encoded = basic(encodeURIComponent(app.id), clientSecret);
      expect((await host.post(body, encoded)).status).toBe(200);
      await expectOAuthError(host.post(body, basic(app.id, clientSecret)), 401, 'invalid_client');
    });

    it('that are who they say they are, with one answer for all others', async () => {
      const { id, secret } = host.confidential;
      const wrong = `${secret.slice(0, -1)}${secret.endsWith('A') ? 'B' : 'A'}`;
      const bodies = [
        await asked({ client_id: id }),
        await asked({ client_id: id, client_secret: wrong }),
        await asked({ client_id: 'nobody', client_secret: secret }),
        await asked({ client_id: 'nobody' }),
        await asked({ client_id: `${id}\0` }),
        await asked({ client_id: 'x'.repeat(5000) }),
        await asked({ client_id: host.publicId, client_secret: secret }),
        await asked(),
      ];
      for (const body of bodies) {
        const headers = await expectOAuthError(host.post(body), 401, 'invalid_client');
        expect(headers.get('www-authenticate')).toBeNull();
      }
      for (const headers of [
        basic(id, wrong),
        basic('nobody', secret),
        basic(id, '%zz'),
        basic(host.publicId, 'x'),
      ]) {
        const answered = await expectOAuthError(host.post(await asked(), headers), 401, 'invalid_client');
        expect(answered.get('www-authenticate')).toMatch(/^Basic /);
      }
    });

    it('whose secret was not cut, and who are not suspended', async () => {
      const { id, secret } = host.confidential;
      const apps = host.get(Apps);
      await apps.change(id, { suspended: true });
      await expectOAuthError(host.post(await asked(), basic(id, secret)), 401, 'invalid_client');
      await apps.change(id, { suspended: false });
      const minted = await apps.rotateSecret({ appId: id, purpose: 'client', overlapSeconds: 60 });
      for (const good of [secret, minted.text])
        expect((await host.post(await asked(), basic(id, good))).status).toBe(200);
      await host.pass(61);
      await expectOAuthError(host.post(await asked(), basic(id, secret)), 401, 'invalid_client');
      expect((await host.post(await asked(), basic(id, minted.text))).status).toBe(200);
    });

    it('that say it once', async () => {
      const { id, secret } = host.confidential;
      const twice = await asked({ client_id: id, client_secret: secret });
      await expectOAuthError(host.post(twice, basic(id, secret)), 400, 'invalid_request');
      const other = await asked({ client_id: host.publicId });
      await expectOAuthError(host.post(other, basic(id, secret)), 400, 'invalid_request');
      const keyed = { ...FORM, 'X-Api-Key': id };
      await expectOAuthError(
        host.post(await asked({ client_id: host.publicId }), keyed),
        400,
        'invalid_request',
      );
      const bearer = { ...FORM, Authorization: 'Bearer x' };
      await expectOAuthError(
        host.post(await asked({ client_id: host.publicId }), bearer),
        401,
        'invalid_client',
      );
    });

    it('that may use the grant', async () => {
      const { app } = await host.get(Apps).register({ name: 'No grants', clientType: 'public' });
      const { refreshToken } = await host.startSession(app.id);
      const body = { grant_type: 'refresh_token', client_id: app.id, refresh_token: refreshToken };
      await expectOAuthError(host.post(body), 400, 'unauthorized_client');
    });
  });
});
