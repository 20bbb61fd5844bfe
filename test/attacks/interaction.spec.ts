import { randomBytes } from 'node:crypto';
import { Apps, Users } from '@portcullis/nest';
import { Consents } from '../../libs/nest/src/authorities/authorizations/index.js';
import { ResourceServers } from '../../libs/nest/src/authorities/resources/index.js';
import { SignIn } from '../../libs/nest/src/authorities/sessions/index.js';
import { temporarilyUnavailable } from '../../libs/nest/src/pipeline/index.js';
import {
  authorize,
  codeRequest,
  pkcePair,
  TestBrowser,
  toldToApp,
  type Shown,
} from '../support/authorization-flow.js';
import { describeOnOneDatabase } from '../support/databases.js';
import { ADAPTERS } from '../support/host-app.js';
import { noteSecret } from '../support/log-book.js';
import { startOAuthHost, type OAuthHost } from '../support/oauth-host.js';

const CALLBACK = 'com.example.bank:/callback';
const SCOPES = ['accounts:read', 'transfers:write'];

describeOnOneDatabase('signing in to authorize an app', (open) => {
  describe.each(ADAPTERS)('on %s', (adapter) => {
    let host: OAuthHost;
    let appId: string;
    let browser: TestBrowser;
    let user: { readonly id: string; readonly username: string; readonly password: string };

    const register = async (grantTypes = ['authorization_code'], id?: string): Promise<string> => {
      const redirectUris = [CALLBACK, 'http://127.0.0.1/callback'];
      const given = { name: 'A & <b>Bank</b>', clientType: 'public' as const, redirectUris, grantTypes, id };
      return (await host.get(Apps).register({ ...given, scopes: [...SCOPES, 'branches:read'] })).app.id;
    };
    const openSignIn = (others: Record<string, string> = {}): Promise<Shown> =>
      browser.open(codeRequest(appId, CALLBACK, others));
    const signIn = (page: Shown, typed: Partial<typeof user> = {}): Promise<Shown> => {
      const { username, password } = { ...user, ...typed };
      return browser.send(page, { username, password, decision: 'sign-in' });
    };
    const redeem = (code: string | undefined, verifier: string) =>
      host.post({
        grant_type: 'authorization_code',
        code: code ?? '',
        redirect_uri: CALLBACK,
        code_verifier: verifier,
        client_id: appId,
      });
    const expectRefusedForm = (shown: Shown, status = 403): void => {
      expect({ status: shown.status, location: shown.location }).toEqual({ status, location: undefined });
      expect(shown.html).not.toContain('<form');
    };
    const sessions = () => host.stores.sessions.listOf(user.id, { now: new Date(0), usedSince: new Date(0) });

    beforeAll(async () => {
      host = await startOAuthHost(adapter, open);
    });

    beforeEach(async () => {
      browser = new TestBrowser(host.url);
      appId = await register();
      const username = `user-${randomBytes(6).toString('hex')}`;
      const password = noteSecret(randomBytes(12).toString('hex'));
      const { id } = await host.get(Users).register({ username, password, scopes: SCOPES });
      user = { id, username, password };
    });

    afterAll(() => host.stop());

    it('gives a code for what the user has allowed, and asks again only when it was withdrawn', async () => {
      const { challenge, verifier } = pkcePair();
      const consent = await signIn(await openSignIn({ code_challenge: challenge }));
      expect(consent.html).toContain('A &amp; &lt;b&gt;Bank');
      expect(consent.html).toContain('transfers:write');
      expect(consent.html).not.toContain('branches:read');
      const allowed = await browser.send(consent, { decision: 'allow' });
      expect(allowed.status).toBe(303);
      expect(allowed.headers.get('cache-control')).toBe('no-store');
      const { code, ...told } = toldToApp(allowed);
      expect(told).toEqual({ state: 'a state', iss: 'https://bank.example' });
      // F22: what the user does not hold was left out, and the answer says so.
      const { status, body } = await redeem(code, verifier);
      expect({ status, scope: body['scope'] }).toEqual({ status: 200, scope: SCOPES.join(' ') });

      expect(toldToApp(await signIn(await openSignIn({ scope: 'accounts:read' })))).toHaveProperty('code');
      await host.get(Consents).withdraw(user.id, appId);
      expect((await signIn(await openSignIn())).location).toBeUndefined();
    });

    it('gives nothing for a code once what it was given for was withdrawn', async () => {
      const { challenge, verifier } = pkcePair();
      const consent = await signIn(await openSignIn({ code_challenge: challenge }));
      const { code } = toldToApp(await browser.send(consent, { decision: 'allow' }));
      await host.get(Consents).withdraw(user.id, appId);
      const { status, body } = await redeem(code, verifier);
      expect({ status, error: body['error'] }).toEqual({ status: 400, error: 'invalid_grant' });
      expect(host.log.at(-1)).toContain('consent_withdrawn');
      expect(await sessions()).toEqual([]);
    });

    it('answers a wrong password and an unknown user alike, and the right password still counts', async () => {
      const page = await openSignIn();
      const [wrong, unknown] = [
        await signIn(page, { password: 'not the password' }),
        await signIn(page, { username: 'nobody', password: 'not the password' }),
      ];
      for (const shown of [wrong, unknown]) {
        expect({ status: shown.status, location: shown.location }).toEqual({
          status: 200,
          location: undefined,
        });
        expect(shown.html).toContain('role="alert"');
        expect(shown.html).not.toContain('not the password');
      }
      const withoutNames = ({ html }: Shown, name: string) => html.replaceAll(name, 'name');
      expect(withoutNames(wrong, user.username)).toBe(withoutNames(unknown, 'nobody'));
      expect((await signIn(wrong)).html).toContain('value="allow"');
      const logged = host.log.map((line) => JSON.parse(line) as { reason?: string; username?: string });
      expect(logged.find(({ reason }) => reason === 'password_invalid')?.username).toMatch(/^[\da-f]{8}$/);
      expect(host.log.join('\n')).not.toContain(user.username);
    });

    it('H06 has whoever guesses wait, and not the user on a device that is known', async () => {
      await signIn(await openSignIn());
      expect(browser.cookies.has('__Host-portcullis_device')).toBe(true);
      const known = browser.another();
      browser.cookies.delete('__Host-portcullis_device');
      const page = await openSignIn();
      // Whoever guesses waits for a second, and this machine may be busy for longer.
      const time = jest.spyOn(host.clock, 'now').mockReturnValue(host.clock.now());
      let last = page;
      for (let guess = 0; guess < 7; guess++) last = await signIn(page, { password: `guess ${guess}` });
      time.mockRestore();
      expect(last.status).toBe(429);
      expect(Number(last.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(last.html).toContain('role="alert"');
      const { username, password } = user;
      const owner = await known.send(page, { username, password, decision: 'sign-in' });
      expect(owner.html).toContain('value="allow"');
    });

    it('tells the app that the user went back, and remembers nothing', async () => {
      const denied = { error: 'access_denied', state: 'a state', iss: 'https://bank.example' };
      const page = await openSignIn();
      expect(toldToApp(await browser.send(page, { decision: 'cancel' }))).toMatchObject(denied);
      const consent = await signIn(page);
      expect(toldToApp(await browser.send(consent, { decision: 'deny' }))).toMatchObject(denied);
      expect((await signIn(page)).location).toBeUndefined();
    });

    it('tells the app when nothing is left that the user may do', async () => {
      const page = await openSignIn({ scope: 'branches:read' });
      expect(toldToApp(await signIn(page))).toMatchObject({ error: 'access_denied' });
    });

    it('takes a form from the browser alone that it was made for: login CSRF and CSRF', async () => {
      const page = await openSignIn();
      const consent = await signIn(page);
      const stranger = new TestBrowser(host.url);
      await stranger.open(codeRequest(appId, CALLBACK));
      const { username, password } = user;
      const typed = { username, password, decision: 'sign-in' };
      for (const other of [stranger, new TestBrowser(host.url)]) {
        expectRefusedForm(await other.send(page, typed));
        expectRefusedForm(await other.send(consent, { decision: 'allow' }));
        expectRefusedForm(await other.send(consent, { decision: 'deny' }));
      }
      for (const [name, value] of [
        ['Sec-Fetch-Site', 'cross-site'],
        ['Sec-Fetch-Site', 'same-site'],
        ['Origin', 'https://evil.example'],
      ] as const)
        expectRefusedForm(await browser.send(consent, { decision: 'allow' }, { [name]: value }));
      expect(await sessions()).toEqual([]);
      const sameOrigin = { 'Sec-Fetch-Site': 'same-origin', Origin: 'null' };
      expect((await browser.send(consent, { decision: 'allow' }, sameOrigin)).status).toBe(303);
    });

    it('takes no form that was changed, is too old, or is of another step', async () => {
      const page = await openSignIn();
      const consent = await signIn(page);
      const sealed = consent.interaction ?? '';
      const at = sealed.length >> 1;
      const flipped = sealed.slice(0, at) + (sealed[at] === 'A' ? 'B' : 'A') + sealed.slice(at + 1);
      for (const interaction of [flipped, sealed.slice(0, -4), `${sealed}AAAA`, 'A', '%'])
        expectRefusedForm(await browser.send(consent, { decision: 'allow', interaction }));
      expectRefusedForm(await browser.send(page, { decision: 'allow' }));
      expectRefusedForm(await browser.send(consent, { decision: 'sign-in' }));
      expectRefusedForm(await browser.send(consent, { decision: 'maybe' }), 400);
      await host.pass(601);
      expectRefusedForm(await browser.send(page, { decision: 'cancel' }));
      expectRefusedForm(await browser.send(consent, { decision: 'allow' }));
    });

    it('survives a double submit, the back button and a second tab', async () => {
      const { challenge, verifier } = pkcePair();
      const first = await openSignIn({ code_challenge: challenge });
      const second = await openSignIn();
      const consents = await Promise.all([signIn(first), signIn(first), signIn(second)]);
      const allow = (page: Shown | undefined) => browser.send(page as Shown, { decision: 'allow' });
      const told = (await Promise.all([...consents, consents[0]].map(allow))).map(toldToApp);
      expect(new Set(told.map(({ code }) => code)).size).toBe(4);
      for (const { code } of [told[0], told[1]].map((one) => one ?? {}))
        expect((await redeem(code, verifier)).status).toBe(200);
      expect(toldToApp(await signIn(first))).toHaveProperty('code');
    });

    it('judges app and user again at every form', async () => {
      const apps = host.get(Apps);
      const page = await openSignIn();
      const consent = await signIn(page);
      const allow = () => browser.send(consent, { decision: 'allow' });
      await host.get(Users).change(user.id, { password: noteSecret(randomBytes(12).toString('hex')) });
      expectRefusedForm(await allow());
      await apps.change(appId, { grantTypes: [] });
      await host.pass(0);
      expect(toldToApp(await allow())).toMatchObject({ error: 'unauthorized_client' });
      await apps.change(appId, { redirectUris: [] });
      await host.pass(0);
      expectRefusedForm(await allow(), 400);
      await apps.change(appId, { suspended: true });
      await host.pass(0);
      expectRefusedForm(await browser.send(page, { decision: 'cancel' }), 400);
      await host.pass(1);
      await apps.remove(appId);
      await host.pass(0);
      expectRefusedForm(await allow());
      // Nor for another that is given its id: nobody was asked whether that may.
      await register(['authorization_code'], appId);
      expectRefusedForm(await browser.send(page, { decision: 'cancel' }));
    });

    it('asks for what a resource knows alone, under the name of the resource', async () => {
      const identifier = `https://${randomBytes(6).toString('hex')}.example`;
      const given = { identifier, name: 'Loans & more', scopes: ['accounts:read'], appId: null };
      await host.get(ResourceServers).register(given);
      await host.get(Apps).change(appId, { resources: [identifier] });
      await host.pass(0);
      const { challenge, verifier } = pkcePair();
      const consent = await signIn(await openSignIn({ resource: identifier, code_challenge: challenge }));
      expect(consent.html).toContain('Loans &amp; more');
      expect(consent.html).not.toContain('transfers:write');
      const { code } = toldToApp(await browser.send(consent, { decision: 'allow' }));
      const { body } = await redeem(code, verifier);
      expect(body['scope']).toBe('accounts:read');
      const [, claims = ''] = String(body['access_token']).split('.');
      expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({ aud: identifier });
      // What was allowed there was allowed nowhere else.
      expect((await signIn(await openSignIn({ scope: 'accounts:read' }))).location).toBeUndefined();
    });

    it('has the user try again while a store is away, and sends nobody to the app with it', async () => {
      const page = await openSignIn();
      const away = temporarilyUnavailable('database');
      jest.spyOn(host.get(SignIn), 'authenticate').mockRejectedValueOnce(away);
      const again = await signIn(page);
      expect({ status: again.status, wait: again.headers.get('retry-after') }).toEqual({
        status: 503,
        wait: '5',
      });
      const consent = await signIn(again);
      jest.spyOn(host.get(Consents), 'give').mockRejectedValueOnce(away);
      expectRefusedForm(await browser.send(consent, { decision: 'allow' }), 503);
      expect(toldToApp(await browser.send(consent, { decision: 'allow' }))).toHaveProperty('code');
    });

    it('gives an app that may have it an access token in the fragment, alone, for a session that ends with it', async () => {
      appId = await register(['implicit']);
      const shown = await authorize(browser, codeRequest(appId, CALLBACK, { response_type: 'token' }), user);
      expect(shown.location).toMatch(/^com\.example\.bank:\/callback#/);
      const { access_token: token, expires_in: expiresIn, ...told } = toldToApp(shown);
      expect(told).toEqual({
        token_type: 'Bearer',
        scope: SCOPES.join(' '),
        state: 'a state',
        iss: 'https://bank.example',
      });
      expect(token).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
      expect(Number(expiresIn)).toBeLessThanOrEqual(300);
      const [session] = await sessions();
      const lifeMs = Number(session?.expiresAt) - Number(session?.createdAt);
      expect(Math.round(lifeMs / 1000)).toBe(Number(expiresIn));
    });
  });
});
