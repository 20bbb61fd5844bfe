import { resolve } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { startBank, type RunningBank } from '../support/bank.js';
import type { BankClient } from '../support/bank-client.js';
import { newPassword } from '../support/sign-in.js';
import { bringAxe, findFaults } from './accessibility.js';
import { AppOnMachine, CLAIMED_LINK, CUSTOM_SCHEME, SCOPES, type Callback } from './app-on-machine.js';
import { describeInChromium, openBrowser } from './open-browser.js';
import { leavingFor, openWatched, press, signIn, type WatchedBrowser } from './watched-browser.js';

/** As the pictures of the documentation show it. */
const PHONE: BrowserContextOptions = {
  viewport: { width: 390, height: 600 },
  deviceScaleFactor: 2,
  colorScheme: 'light',
};

describeInChromium('Authorizing an app in Chromium', () => {
  let bank: RunningBank;
  let app: AppOnMachine;
  let browser: Browser;
  let closeBrowser: () => Promise<void>;
  let watched: WatchedBrowser;
  let page: Page;
  let user: Awaited<ReturnType<RunningBank['admin']['newUser']>>;

  const openAs = async (options: BrowserContextOptions = {}): Promise<void> => {
    await watched?.context.close();
    watched = await openWatched(browser, options);
    page = await watched.context.newPage();
  };
  const consentIsAsked = () => page.locator('button[value=allow]').waitFor();
  const heading = () => page.getByRole('heading', { level: 1 });
  const expectNoFaults = async (): Promise<void> => {
    await bringAxe(page);
    expect(await findFaults(page)).toEqual([]);
  };
  /** What the app was told, once, for this login. */
  const told = async (state: string): Promise<Callback> => {
    await page.waitForURL(`${app.origin}/callback?**`);
    const callbacks = app.callbacks.filter((one) => one.told['state'] === state);
    expect(callbacks).toHaveLength(1);
    expect(callbacks[0]?.told['iss']).toBe(bank.url);
    return callbacks[0] as Callback;
  };
  /** For the documentation, when it is written anew. */
  const picture = async (name: string): Promise<void> => {
    if (process.env['WRITE_DOCS'] !== '1') return;
    await page.screenshot({ path: resolve('docs/images', name), fullPage: true });
  };

  beforeAll(async () => {
    bank = await startBank('fastify');
    app = await AppOnMachine.start(bank);
    const opened = await openBrowser();
    closeBrowser = opened.close;
    browser = opened.browser.browser() as Browser;
  });
  afterAll(async () => {
    await closeBrowser?.();
    app?.stop();
    await bank?.stop();
  });
  beforeEach(async () => {
    user = await bank.admin.newUser({ scopes: SCOPES });
    await openAs();
  });
  afterEach(() => {
    expect(watched.complaints).toEqual([]);
    const known = [bank.url, app.origin, 'com.example.bank:', new URL(CLAIMED_LINK).origin];
    expect([...watched.asked].filter((place) => !known.includes(place))).toEqual([]);
  });

  it.each([
    ['JavaScript', true],
    ['no JavaScript', false],
  ])(
    'leads over sign-in and consent to an app that reads the accounts, with %s',
    async (_, javaScriptEnabled) => {
      await openAs({ javaScriptEnabled });
      const login = app.begin();
      await page.goto(login.url);
      await page.keyboard.type(user.username);
      await page.keyboard.press('Tab');
      await page.keyboard.type(user.password);
      await page.keyboard.press('Enter');
      await consentIsAsked();
      expect(await page.getByRole('listitem').allInnerTexts()).toEqual([
        'See your accounts and their transactions',
        'Transfer money from your accounts',
      ]);
      await page.getByRole('button', { name: 'Allow' }).click();
      const { told: answer, headers } = await told(login.state);
      expect(await app.accounts(login, answer['code'])).toMatchObject({
        status: 200,
        body: [{ id: user.account }],
      });
      // F21
      expect(headers.referer).toBeUndefined();
      const cookies = await watched.context.cookies(bank.url);
      const kept = cookies.map(({ name, httpOnly, sameSite }) => ({ name, httpOnly, sameSite }));
      const rules = { httpOnly: true, sameSite: 'Lax' };
      expect(kept.toSorted((one, other) => one.name.localeCompare(other.name))).toEqual([
        { name: 'portcullis_device', ...rules },
        { name: 'portcullis_interaction', ...rules },
      ]);
    },
  );

  it.each([
    ['its own scheme', CUSTOM_SCHEME, 'ada'],
    ['a link that it has claimed', CLAIMED_LINK, 'grace'],
  ])('opens an app on a phone by %s', async (_, redirectUri, username) => {
    user = await bank.admin.newUser({ scopes: SCOPES, username });
    await openAs(PHONE);
    const login = app.begin({ redirectUri });
    await page.goto(login.url);
    if (redirectUri === CUSTOM_SCHEME) await picture('oauth-sign-in.png');
    await signIn(page, user);
    await consentIsAsked();
    if (redirectUri === CUSTOM_SCHEME) await picture('oauth-consent.png');
    const { href, searchParams } = await leavingFor(page, () => press(page, 'allow'));
    expect(href.split('?')[0]).toBe(redirectUri);
    expect(searchParams.get('state')).toBe(login.state);
    expect(await app.accounts(login, searchParams.get('code') ?? '')).toMatchObject({ status: 200 });
  });

  it('says that the password is wrong, keeps the username, and waits for the password', async () => {
    const login = app.begin();
    await page.goto(login.url);
    await signIn(page, { ...user, password: newPassword() });
    await page.getByRole('alert').waitFor();
    expect(await page.getByRole('alert').innerText()).toContain('not right');
    expect(await page.locator('#username').inputValue()).toBe(user.username);
    expect(await page.locator('#password').inputValue()).toBe('');
    await page.locator('#password:focus').waitFor();
    await expectNoFaults();
    await page.keyboard.type(user.password);
    await page.keyboard.press('Enter');
    await press(page, 'allow');
    expect((await told(login.state)).told).toHaveProperty('code');
  });

  it.each(['cancel', 'deny'] as const)('tells the app that the user has chosen "%s"', async (decision) => {
    const login = app.begin();
    await page.goto(login.url);
    if (decision === 'deny') await signIn(page, user);
    await press(page, decision);
    const { told: answer } = await told(login.state);
    expect(answer).toMatchObject({ error: 'access_denied' });
    expect(answer).not.toHaveProperty('code');
  });

  it('remembers consent, and asks again for more, and once it was withdrawn', async () => {
    const begin = async (scope: string) => {
      const login = app.begin({ scope });
      await page.goto(login.url);
      await signIn(page, user);
      return login;
    };
    const first = await begin('accounts:read');
    await press(page, 'allow');
    await told(first.state);

    const second = await begin('accounts:read');
    const { told: answer } = await told(second.state);

    const third = await begin(SCOPES.join(' '));
    await consentIsAsked();
    expect(await page.getByRole('listitem').count()).toBe(2);
    await press(page, 'deny');
    await told(third.state);

    const client = (await app.redeem(second, answer['code'])) as BankClient;
    const withdrawn = await client.call('DELETE', `/consents/${app.id}`, { signature: 'none' });
    expect(withdrawn.status).toBe(204);
    await begin('accounts:read');
    await consentIsAsked();
  });

  it('speaks German to whoever reads German', async () => {
    await openAs({ locale: 'de-AT' });
    await page.goto(app.begin().url);
    expect(await heading().innerText()).toBe('Anmelden');
    await expectNoFaults();
    await signIn(page, user);
    await consentIsAsked();
    expect(await heading().innerText()).toBe('Zugriff erlauben für Bank for phones?');
    expect(await page.getByRole('listitem').first().innerText()).toBe('Deine Konten und Umsätze sehen');
    expect(await page.locator('html').getAttribute('lang')).toBe('de');
    await expectNoFaults();
  });

  it('F01 stays where it is when app or redirect URI are not known', async () => {
    const known = Object.fromEntries(new URL(app.begin().url).searchParams);
    for (const [changed, says] of [
      [{ client_id: 'nobody' }, 'This app is not known here'],
      [{ redirect_uri: `${app.origin}/elsewhere` }, 'Stopped for your safety'],
      [{ redirect_uri: `${app.origin}@evil.example/callback` }, 'Stopped for your safety'],
      [{ redirect_uri: 'https://evil.example/callback' }, 'Stopped for your safety'],
    ] as const) {
      const answer = await page.goto(app.at({ ...known, ...changed }));
      expect([answer?.status(), await heading().innerText()]).toEqual([400, says]);
      expect(page.url().startsWith(`${bank.url}/oauth/authorize?`)).toBe(true);
      expect(await page.locator('a, form, iframe, script').count()).toBe(0);
    }
    await expectNoFaults();
  });

  it('shows itself in no frame', async () => {
    const { url } = app.begin();
    const refused = page.waitForEvent('console');
    await page.goto(`${app.origin}/?${new URLSearchParams({ frames: url })}`);
    await refused;
    const frame = page.frames().find((one) => one.parentFrame() !== null);
    expect(await frame?.locator('form, input').count()).toBe(0);
    expect(watched.complaints.splice(0).join()).toContain('frame-ancestors');
    // Alone it is there.
    await page.goto(url);
    expect(await page.locator('form').count()).toBe(1);
  });
});
