import { Controller, Get } from '@nestjs/common';
import { Apps, CallingUser, Protect, RemoteKeySet, type CallingUserFacts } from '@portcullis/nest';
import { ResourceServers } from '../../libs/nest/src/authorities/resources/index.js';
import { SigningKeys } from '../../libs/nest/src/authorities/tokens/index.js';
import { describeOnOneDatabase } from '../support/databases.js';
import { ADAPTERS, startHost, type Host } from '../support/host-app.js';
import { startOAuthHost, type OAuthHost } from '../support/oauth-host.js';

const RESOURCE = 'https://reports.example/api';
const OTHER = 'https://archive.example/';
const APP_ID = 'reader';
/** Longer than this process, in which the issuer is as well, is busy with anything else. */
const PATIENCE_MS = 15_000;

@Controller()
class ReportsController {
  @Protect({ user: ['accounts:read'] })
  @Get('reports')
  reports(@CallingUser() { id }: CallingUserFacts): object {
    return { of: id };
  }
}

describe.each(ADAPTERS)('on %s', (adapter) => {
  describeOnOneDatabase('A resource server that follows the keys of the authorization server', (open) => {
    let issuer: OAuthHost;
    let reports: Host;

    beforeAll(async () => {
      issuer = await startOAuthHost(adapter, open, { issuerAt: (url) => url });
      for (const identifier of [RESOURCE, OTHER])
        await issuer
          .get(ResourceServers)
          .register({ identifier, name: 'Reports', scopes: ['accounts:read'], appId: null });
      await issuer.get(Apps).register({
        id: APP_ID,
        name: 'Reader',
        clientType: 'public',
        scopes: ['accounts:read', 'transfers:write'],
        grantTypes: ['password'],
        resources: [RESOURCE, OTHER],
      });
      const { clock } = issuer;
      const keySet = new RemoteKeySet({ url: `${issuer.url}/oauth/jwks`, clock, timeoutMs: PATIENCE_MS });
      reports = await startHost(adapter, {
        controllers: [ReportsController],
        module: {
          apps: [{ id: APP_ID, name: 'Reader', scopes: ['accounts:read'] }],
          accessTokens: { issuer: issuer.url, audiences: [RESOURCE], keySet },
          clock,
        },
      });
    });
    afterAll(async () => {
      await reports.app.close();
      await issuer.stop();
    });

    const tokenFor = async (resource?: string) => {
      const form = {
        grant_type: 'password',
        client_id: APP_ID,
        ...issuer.login,
        ...(resource && { resource }),
      };
      const { status, body } = await issuer.post(form);
      expect(status).toBe(200);
      return body as Record<string, string>;
    };
    const ask = async (token: string | undefined) => {
      const headers = { 'X-Api-Key': APP_ID, Authorization: `Bearer ${token}` };
      const answer = await fetch(`${reports.url}/reports`, { headers });
      return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
    };

    it('lets in whom a token for it is for, with the scopes that mean something there', async () => {
      const { access_token: token, scope } = await tokenFor(RESOURCE);
      expect(scope).toBe('accounts:read');
      expect(await ask(token)).toEqual({ status: 200, body: { of: issuer.userId } });
    });

    it('[E17] takes no token that is for anybody else, nor does the issuer take one that is for it', async () => {
      for (const resource of [OTHER, undefined])
        expect(await ask((await tokenFor(resource)).access_token)).toMatchObject({
          status: 401,
          body: { code: 'user_token_invalid' },
        });
      const { access_token: token } = await tokenFor(RESOURCE);
      const headers = { 'X-Api-Key': APP_ID, Authorization: `Bearer ${token}` };
      expect((await fetch(`${issuer.url}/mine`, { headers })).status).toBe(401);
    });

    it('learns of a key that is new, and refuses those that are made up', async () => {
      const { access_token: before } = await tokenFor(RESOURCE);
      await issuer.get(SigningKeys).publish();
      await issuer.pass(601);
      await fetch(`${issuer.url}/oauth/jwks`);
      const { access_token: after } = await tokenFor(RESOURCE);
      const kidOf = (token = '') =>
        (JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()) as { kid: string }).kid;
      expect(kidOf(after)).not.toBe(kidOf(before));
      expect((await ask(after)).status).toBe(200);
      const [, claims, signature] = String(after).split('.');
      const header = Buffer.from(JSON.stringify({ alg: 'ES256', typ: 'at+jwt', kid: 'made-up' }));
      expect((await ask(`${header.toString('base64url')}.${claims}.${signature}`)).status).toBe(401);
    });
  });
});
