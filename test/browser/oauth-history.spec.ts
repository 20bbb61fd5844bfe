import { Apps } from '@portcullis/nest';
import type { Browser, Page } from 'playwright-core';
import { codeRequest } from '../support/authorization-flow.js';
import { startBank, type RunningBank } from '../support/bank.js';
import { describeOnOneDatabase } from '../support/databases.js';
import { startOAuthHost } from '../support/oauth-host.js';
import { AppOnMachine, CUSTOM_SCHEME, SCOPES, type Login } from './app-on-machine.js';
import { describeInChromium, openBrowser } from './open-browser.js';
import { openWatched, press, signIn, type WatchedBrowser } from './watched-browser.js';

describeInChromium('The pages of the authorization server, used as people use a browser', () => {
  let browser: Browser;
  let closeBrowser: () => Promise<void>;
  let watched: WatchedBrowser;
  let page: Page;

  beforeAll(async () => {
    const opened = await openBrowser();
    closeBrowser = opened.close;
    browser = opened.browser.browser() as Browser;
  });
  afterAll(() => closeBrowser?.());
  beforeEach(async () => {
    watched = await openWatched(browser);
    page = await watched.context.newPage();
  });
  afterEach(async () => {
    await watched.context.close();
    expect(watched.complaints).toEqual([]);
  });

  describe('of a bank', () => {
    let bank: RunningBank;
    let app: AppOnMachine;
    let user: Awaited<ReturnType<RunningBank['admin']['newUser']>>;

    const isAtApp = (tab = page) => tab.waitForURL(`${app.origin}/callback?**`);
    const consentIsAsked = (tab = page) => tab.locator('button[value=allow]').waitFor();
    const codesFor = ({ state }: Login): string[] =>
      app.callbacks.filter(({ told }) => told['state'] === state).map(({ told }) => told['code'] ?? 'none');
    const sessions = async (): Promise<number> => {
      const { body } = await bank.admin.call('GET', `/sessions?userId=${user.id}`);
      return (body as unknown as unknown[]).length;
    };
    /** The app takes the first answer to its login, as apps do, and gets in with it. */
    const expectUsable = async (login: Login): Promise<void> => {
      const [code] = codesFor(login);
      expect(await app.accounts(login, code)).toMatchObject({ status: 200, body: [{ id: user.account }] });
    };

    beforeAll(async () => {
      bank = await startBank('express');
      app = await AppOnMachine.start(bank);
    });
    afterAll(async () => {
      app?.stop();
      await bank?.stop();
    });
    beforeEach(async () => {
      user = await bank.admin.newUser({ scopes: SCOPES });
    });

    it('work again for whoever goes back after signing in', async () => {
      const login = app.begin();
      await page.goto(login.url);
      await signIn(page, user);
      await consentIsAsked();
      await page.goBack();
      expect(await page.locator('#password').inputValue()).toBe('');
      await signIn(page, user);
      await press(page, 'allow');
      await isAtApp();
      await expectUsable(login);
    });

    it('give nothing to whoever goes back after consent, but to who signs in again', async () => {
      const login = app.begin();
      await page.goto(login.url);
      await signIn(page, user);
      await press(page, 'allow');
      await isAtApp();
      await expectUsable(login);
      // Chromium says itself that the form would be sent a second time, and does not send it.
      await expect(page.goBack()).rejects.toThrow('ERR_CACHE_MISS');
      await page.waitForURL(/^chrome-error:/);
      expect([codesFor(login).length, await sessions()]).toEqual([1, 1]);
      await page.goBack();
      expect(await page.locator('#password').inputValue()).toBe('');
      expect([codesFor(login).length, await sessions()]).toEqual([1, 1]);
    });

    it('give one usable code to an app whose user is too quick', async () => {
      const login = app.begin();
      await page.goto(login.url);
      await page.locator('#username').fill(user.username);
      await page.locator('#password').fill(user.password);
      await page.locator('button[value=sign-in]').dblclick();
      await consentIsAsked();
      await page.locator('button[value=allow]').dblclick();
      await isAtApp();
      await expectUsable(login);

      const next = app.begin();
      await page.goto(next.url);
      await page.locator('#username').fill(user.username);
      await page.locator('#password').fill(user.password);
      await page.keyboard.press('Enter');
      await page.keyboard.press('Enter');
      await isAtApp();
      await expectUsable(next);
      expect(await sessions()).toBe(2);
    });

    it('serve two tabs at once, each for its own login', async () => {
      const other = await watched.context.newPage();
      const [first, second] = [app.begin(), app.begin({ scope: 'accounts:read' })];
      // One after the other: a browser that has no cookie yet is named by the first page that it is shown.
      await page.goto(first.url);
      await other.goto(second.url);
      await signIn(page, user);
      await signIn(other, user);
      await consentIsAsked(page);
      await consentIsAsked(other);
      await press(other, 'allow');
      await press(page, 'allow');
      await Promise.all([isAtApp(page), isAtApp(other)]);
      await expectUsable(second);
      await expectUsable(first);
    });

    it('are there again after they are loaded again', async () => {
      const login = app.begin();
      await page.goto(login.url);
      await page.reload();
      await signIn(page, user);
      await consentIsAsked();
      await page.reload();
      await press(page, 'allow');
      await isAtApp();
      await expectUsable(login);
    });

    it('say so to whoever comes with the form of another browser', async () => {
      const login = app.begin();
      await page.goto(login.url);
      await watched.context.clearCookies();
      await signIn(page, user);
      await page.getByRole('heading', { name: 'This page has expired' }).waitFor();
      expect(page.url()).toBe(`${bank.url}/oauth/interaction`);
      expect([codesFor(login).length, await sessions()]).toEqual([0, 0]);
    });
  });

  describeOnOneDatabase('left open for too long', (open) => {
    it('say that they have expired, and lead nowhere', async () => {
      const host = await startOAuthHost('fastify', open, {
        issuerAt: (url) => url,
        oauth: { interactionTtlSeconds: 60 },
      });
      try {
        const { app } = await host.get(Apps).register({
          name: 'Bank for iOS',
          clientType: 'public',
          scopes: SCOPES,
          grantTypes: ['authorization_code'],
          redirectUris: [CUSTOM_SCHEME],
        });
        const request = codeRequest(app.id, CUSTOM_SCHEME);
        for (const decision of ['cancel', 'allow'] as const) {
          await page.goto(`${host.url}/oauth/authorize?${new URLSearchParams(request)}`);
          if (decision === 'allow') await signIn(page, host.login);
          await page.locator(`button[value=${decision}]`).waitFor();
          await host.pass(61);
          await press(page, decision);
          await page.getByRole('heading', { name: 'This page has expired' }).waitFor();
        }
        expect([...watched.asked]).toEqual([host.url]);
      } finally {
        await host.stop();
      }
    }, 60_000);
  });
});
