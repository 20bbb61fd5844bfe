import { Apps } from '@portcullis/nest';
import { TokenOptions } from '../../libs/nest/src/authorities/tokens/index.js';
import { codeRequest } from '../support/authorization-flow.js';
import { describeOnOneDatabase } from '../support/databases.js';
import { aDevice, aProof } from '../support/dpop-proofs.js';
import { ADAPTERS } from '../support/host-app.js';
import { basic, FORM, ISSUER, SCOPES, startOAuthHost, type OAuthHost } from '../support/oauth-host.js';
import { lines, raw } from '../support/raw.js';

const METADATA = '/.well-known/oauth-authorization-server';
const JWKS = '/oauth/jwks';
const PAGE_ORIGIN = 'https://app.example';
const CALLBACK = 'https://app.example/callback';
/** RFC 7518 §6.2.2, §6.3.2, §6.4: what of a key is nobody else's. */
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];

describe.each(ADAPTERS)('on %s', (adapter) => {
  describeOnOneDatabase('The authorization server', (open) => {
    let host: OAuthHost;
    let pageApp: string;

    beforeAll(async () => {
      host = await startOAuthHost(adapter, open);
      const { app } = await host.get(Apps).register({
        name: 'In the browser',
        clientType: 'public',
        scopes: SCOPES,
        grantTypes: ['authorization_code', 'refresh_token'],
        redirectUris: [CALLBACK],
        corsOrigins: [PAGE_ORIGIN],
      });
      pageApp = app.id;
    });
    afterAll(() => host.stop());

    const get = (path: string, headers: Record<string, string> = {}) => fetch(host.url + path, { headers });
    const refreshOf = async (appId: string) => ({
      grant_type: 'refresh_token',
      client_id: appId,
      refresh_token: (await host.startSession(appId)).refreshToken,
    });

    describe('[H12] publishes', () => {
      it('no private part of a key, nor a member that has no business there', async () => {
        const { keys } = (await (await get(JWKS)).json()) as { keys: object[] };
        expect(keys.length).toBeGreaterThan(0);
        for (const key of keys)
          expect(Object.keys(key).toSorted()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
        const text = (await (await get(METADATA)).text()) + JSON.stringify(keys);
        for (const member of PRIVATE_MEMBERS) expect(text).not.toContain(`"${member}":`);
      });

      it('the same to whoever names another host, a proxy, or a whole address', async () => {
        const own = `Host: 127.0.0.1:${host.port}`;
        const evil = 'Host: evil.example';
        const told = await Promise.all(
          [METADATA, JWKS].map(async (path) =>
            bodyOf((await raw(host.port, lines('GET', path, [own]))).text),
          ),
        );
        expect(told[0]).toContain(`"issuer":"${ISSUER}"`);
        const poisonings: [string, string[]][] = [
          ['', [evil]],
          [
            '',
            [own, 'X-Forwarded-Host: evil.example', 'X-Forwarded-Proto: http', 'X-Forwarded-Prefix: /evil'],
          ],
          ['', [own, 'Forwarded: host=evil.example;proto=http', 'X-Original-Host: evil.example']],
          ['', [own, 'X-Host: evil.example', 'X-Original-URL: /evil', 'X-Rewrite-URL: /evil']],
        ];
        for (const [prefix, headers] of poisonings) {
          const asked = [METADATA, JWKS].map((path) => raw(host.port, lines('GET', prefix + path, headers)));
          // oxlint-disable-next-line no-await-in-loop -- one after the other
          const answers = await Promise.all(asked);
          expect(answers.map(({ status, text }) => [status, bodyOf(text)])).toEqual(
            told.map((body) => [200, body]),
          );
          for (const { text } of answers) expect(text).not.toContain('evil');
        }
        // As if it were a proxy: whatever it makes of that, it says nothing of the stranger's host.
        const whole = await raw(host.port, lines('GET', `http://evil.example${METADATA}`, [evil]));
        expect(whole.text).not.toContain('evil.example');
      });

      it('a page, and redirects, that know no host but the issuer and the app', async () => {
        const wellFormed = new URLSearchParams(codeRequest(pageApp, CALLBACK)).toString();
        const evil = ['Host: evil.example', 'X-Forwarded-Host: evil.example'];
        const page = await raw(host.port, lines('GET', `/oauth/authorize?${wellFormed}`, evil));
        expect(page.status).toBe(200);
        expect(page.text).not.toContain('evil.example');
        const refused = await raw(host.port, lines('GET', `/oauth/authorize?${wellFormed}&scope=x`, evil));
        const location = new URL(/^location: (.*)\r$/im.exec(refused.text)?.[1] ?? '');
        expect(location.origin + location.pathname).toBe(CALLBACK);
        expect(location.searchParams.get('iss')).toBe(ISSUER);
      });

      it('what may be kept, for less than it takes a key to be replaced, and asked for again in short', async () => {
        const maxAges = { [METADATA]: 60, [JWKS]: 300 };
        expect(maxAges[JWKS]).toBeLessThan(host.get(TokenOptions).signingKeyLeadMs / 1000);
        for (const [path, maxAge] of Object.entries(maxAges)) {
          // oxlint-disable-next-line no-await-in-loop -- one after the other
          const { headers } = await get(path);
          expect(headers.get('cache-control')).toBe(`public, max-age=${maxAge}`);
          const etag = headers.get('etag') as string;
          expect(etag).toMatch(/^(?:W\/)?"[\w/+=-]+"$/);
          // oxlint-disable-next-line no-await-in-loop -- one after the other
          const again = await Promise.all(
            [`"other", ${etag}`, `"other"`].map((known) => get(path, { 'If-None-Match': known })),
          );
          expect(again.map(({ status }) => status)).toEqual([304, 200]);
          expect(again[0]?.headers.get('etag')).toBe(etag);
          // oxlint-disable-next-line no-await-in-loop -- one after the other
          expect(await again[0]?.text()).toBe('');
        }
      });
    });

    describe('[H13] lets nobody keep', () => {
      it('tokens, and what is said of them or instead of them', async () => {
        const { id, secret } = host.confidential;
        const refreshed = await host.post(await refreshOf(host.publicId));
        const token = String(refreshed.body['access_token']);
        const client = basic(id, secret);
        const request = { response_type: 'code', client_id: pageApp };
        const answers = await Promise.all([
          refreshed,
          host.post({ grant_type: 'refresh_token', client_id: host.publicId, refresh_token: 'none' }),
          host.post({ grant_type: 'client_credentials' }, basic(id, 'wrong')),
          host.post({ grant_type: 'none' }, { ...client, 'Content-Type': 'text/plain' }),
          host.post('grant_type=a&grant_type=b', client),
          host.post({ token }, client, 'introspect'),
          host.post({ token }, FORM, 'introspect'),
          host.post({ token, client_id: host.publicId }, FORM, 'revoke'),
          host.post({ token }, FORM, 'revoke'),
          host.post(codeRequest(pageApp, CALLBACK), FORM, 'par'),
          host.post(request, FORM, 'par'),
        ]);
        const statuses = [200, 400, 401, 400, 400, 200, 401, 200, 401, 201, 400];
        expect(answers.map(({ status }) => status)).toEqual(statuses);
        expect(answers.map(({ headers }) => headers.get('cache-control'))).toEqual(
          answers.map(() => 'no-store'),
        );
        expect(refreshed.headers.get('pragma')).toBe('no-cache');
      });
    });

    describe('[H13] answers pages in browsers', () => {
      const strangers = [
        'https://evil.example',
        'https://app.example.evil.example',
        'https://app.example:8443',
        'http://app.example',
        'HTTPS://APP.EXAMPLE',
        'https://app.example/',
        'https://sub.app.example',
        `${PAGE_ORIGIN} https://evil.example`,
        'null',
        '*',
      ];
      const preflight = (endpoint: string, origin: string) =>
        fetch(`${host.url}/oauth/${endpoint}`, {
          method: 'OPTIONS',
          headers: {
            Origin: origin,
            'Access-Control-Request-Method': 'POST',
            'Access-Control-Request-Headers': 'dpop',
          },
        });

      it.each(['token', 'revoke', 'par'])(
        'of an app before they ask /oauth/%s, and no others',
        async (endpoint) => {
          const { status, headers } = await preflight(endpoint, PAGE_ORIGIN);
          expect([status, ...crossOrigin(headers)]).toEqual([204, PAGE_ORIGIN, null]);
          expect(headers.get('access-control-allow-methods')).toBe('POST');
          expect(headers.get('access-control-allow-headers')?.toLowerCase().split(/, */)).toContain('dpop');
          expect(headers.get('vary')).toMatch(/\borigin\b/i);
          const refused = await Promise.all(strangers.map((origin) => preflight(endpoint, origin)));
          expect(refused.map(({ headers: one }) => crossOrigin(one))).toEqual(
            strangers.map(() => [null, null]),
          );
        },
      );

      it('with what an app of their origin is answered, refusals as well', async () => {
        const from = { ...FORM, Origin: PAGE_ORIGIN };
        const answers = [
          await host.post(await refreshOf(pageApp), from),
          await host.post({ grant_type: 'refresh_token', client_id: pageApp, refresh_token: 'none' }, from),
          await host.post({ token: 'none', client_id: pageApp }, from, 'revoke'),
          await host.post(codeRequest(pageApp, CALLBACK), from, 'par'),
          await host.post({ client_id: pageApp }, from, 'par'),
        ];
        expect(answers.map(({ status }) => status)).toEqual([200, 400, 200, 201, 400]);
        for (const { headers } of answers) {
          expect(crossOrigin(headers)).toEqual([PAGE_ORIGIN, null]);
          expect(headers.get('vary')).toMatch(/\borigin\b/i);
        }
      });

      it('with the nonce that a device needs whose clock is wrong', async () => {
        const nowMs = host.clock.now() - 3_600_000;
        const DPoP = await aProof({
          device: aDevice(),
          method: 'POST',
          url: `${host.url}/oauth/token`,
          nowMs,
        });
        const asked = host.post(await refreshOf(pageApp), { ...FORM, Origin: PAGE_ORIGIN, DPoP });
        const { headers, body } = await asked;
        expect(body['error']).toBe('use_dpop_nonce');
        expect(headers.get('dpop-nonce')).toMatch(/./);
        expect(crossOrigin(headers)).toEqual([PAGE_ORIGIN, null]);
        expect(headers.get('access-control-expose-headers')?.toLowerCase()).toContain('dpop-nonce');
      });

      it('of no other origin, and of no other app', async () => {
        const own = { grant_type: 'refresh_token', client_id: pageApp, refresh_token: 'none' };
        const fromStrangers = strangers.map((Origin) => host.post(own, { ...FORM, Origin }));
        const client = { ...basic(host.confidential.id, host.confidential.secret), Origin: PAGE_ORIGIN };
        const ofOthers = [
          host.post(await refreshOf(host.publicId), { ...FORM, Origin: PAGE_ORIGIN }),
          host.post({ ...own, client_id: 'nobody' }, { ...FORM, Origin: PAGE_ORIGIN }),
          host.post({ token: 'none' }, client, 'introspect'),
          host.post({ token: 'none' }, client, 'revoke'),
        ];
        const answers = await Promise.all([...fromStrangers, ...ofOthers]);
        expect(answers.map(({ headers }) => crossOrigin(headers))).toEqual(answers.map(() => [null, null]));
      });

      it('with what is public, whoever they are, and never with cookies', async () => {
        const answers = await Promise.all(
          [METADATA, JWKS].map((path) => get(path, { Origin: 'https://evil.example' })),
        );
        expect(answers.map(({ headers }) => crossOrigin(headers))).toEqual([
          ['*', null],
          ['*', null],
        ]);
      });

      it('with no page to sign in on', async () => {
        const request = new URLSearchParams(codeRequest(pageApp, CALLBACK)).toString();
        const { status, headers } = await get(`/oauth/authorize?${request}`, { Origin: PAGE_ORIGIN });
        expect([status, ...crossOrigin(headers)]).toEqual([200, null, null]);
      });
    });
  });
});

function crossOrigin(headers: Headers): (string | null)[] {
  return ['access-control-allow-origin', 'access-control-allow-credentials'].map((name) => headers.get(name));
}

function bodyOf(answer: string): string {
  return answer.slice(answer.indexOf('\r\n\r\n') + 4);
}
