import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import blns from 'big-list-of-naughty-strings';
import type { BrowserContext, Page } from 'playwright-core';
import {
  pageHeaders,
  renderConsentPage,
  renderErrorPage,
  renderSignInPage,
  type Language,
} from '../../libs/nest/src/authorities/oauth/pages/index.js';
import { bringAxe, findFaults } from './accessibility.js';
import { describeInChromium, openBrowser } from './open-browser.js';

const form = { appName: 'Teehaus', action: '/answer', interaction: 'i-1' };
const failed = { ...form, username: 'ada' };

/** Every page there is, by the name it is asked for. */
const PAGES: Readonly<Record<string, (language: Language) => string>> = {
  'sign-in': (language) => renderSignInPage({ ...form, language }),
  wrong: (language) => renderSignInPage({ ...failed, language, failure: 'wrong' }),
  wait: (language) => renderSignInPage({ ...failed, language, failure: 'wait', retryAfterSeconds: 90 }),
  consent: (language) =>
    renderConsentPage({
      ...failed,
      language,
      appName: `בנק ${'Donaudampfschifffahrtsgesellschaft'.repeat(3)}`,
      resourceName: 'Konten',
      scopes: [
        { name: 'accounts:read', words: 'Konten und ihre Salden sehen' },
        { name: `transfers:${'write'.repeat(40)}`, words: '' },
      ],
      redirectHost: `${'a'.repeat(63)}.example`,
    }),
  error: (language) =>
    renderErrorPage({ language, kind: 'redirect', requestId: '0192f3c4-7d1e-7000-8000-3c6a2e5b9d10' }),
};

interface Answered {
  readonly origin: string;
  readonly posted: string[];
  /** Where answers lead to. */
  target: string;
  /** Where the pages' policy lets them lead to. */
  allowed: string;
  stop(): void;
}

/** Listens on loopback. */
async function listen(server: Server): Promise<string> {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** The pages with their headers; what is posted is kept, and answered with a redirect. */
async function servePages(): Promise<Answered> {
  const answerPost = (body: string, answer: ServerResponse) => {
    answered.posted.push(body);
    answer.writeHead(303, { location: answered.target }).end();
  };
  const server = createServer((asked, answer) => {
    const [, name = '', language = 'en'] = asked.url?.split('/') ?? [];
    const body: Buffer[] = [];
    asked.on('data', (chunk: Buffer) => body.push(chunk));
    asked.on('end', () => {
      if (asked.method === 'POST') return answerPost(Buffer.concat(body).toString(), answer);
      const page = PAGES[name]?.(language as Language);
      if (page === undefined) return answer.writeHead(204).end();
      const headers = pageHeaders({ language: language as Language, formAction: answered.allowed });
      return answer.writeHead(200, headers).end(page);
    });
  });
  const origin = await listen(server);
  const stop = () => {
    server.closeAllConnections();
    server.close();
  };
  const answered: Answered = { origin, posted: [], target: '/', allowed: 'com.example.bank:', stop };
  return answered;
}

/** As much of the DOM as the functions use that run in the page. */
interface Seen {
  readonly tagName: string;
  readonly outerHTML: string;
  readonly attributes: { readonly length: number };
  readonly style: { fontSize: string };
  readonly scrollWidth: number;
  readonly clientWidth: number;
  getAttribute(name: string): string | null;
  getBoundingClientRect(): { readonly height: number };
}
interface Parsed {
  readonly documentElement: Seen;
  querySelector(selector: string): Seen | null;
  querySelectorAll(selector: string): Iterable<Seen>;
}
type Parser = new () => { parseFromString(text: string, type: 'text/html'): Parsed };

/** Runs in the page, with all text at twice its size: what does not fit, and what is too small for a finger. */
function measureInPage(): string[] {
  const { document } = globalThis as unknown as { document: Parsed };
  const root = document.documentElement;
  root.style.fontSize = '200%';
  const isTooWide = root.scrollWidth > root.clientWidth;
  root.style.fontSize = '';
  const targets = [...document.querySelectorAll('button, input:not([type=hidden])')];
  const small = targets.filter((target) => target.getBoundingClientRect().height < 44);
  return [...(isTooWide ? ['too wide'] : []), ...small.map(({ outerHTML }) => outerHTML)];
}

/** Runs in the page: what a browser reads out of each of the texts. */
function readInPage(pages: readonly string[]) {
  const { DOMParser } = globalThis as unknown as { DOMParser: Parser };
  return pages.map((text) => {
    const parsed = new DOMParser().parseFromString(text, 'text/html');
    const elements = [...parsed.querySelectorAll('*')];
    return {
      shape: elements.map(({ tagName }) => tagName).join(),
      // In all: the focus is on one field or on the other.
      attributes: elements.reduce((sum, { attributes }) => sum + attributes.length, 0),
      interaction: parsed.querySelector('[name=interaction]')?.getAttribute('value'),
    };
  });
}

describeInChromium('The pages of the authorization server, in Chromium', () => {
  let browser: BrowserContext;
  let close: () => Promise<void>;
  let page: Page;
  let server: Answered;
  let app: Server;
  let appOrigin: string;
  let complaints: string[] = [];

  beforeAll(async () => {
    app = createServer((_, answer) =>
      answer.setHeader('content-type', 'text/html').end('<title>app</title>'),
    );
    appOrigin = await listen(app);
    server = await servePages();
    ({ browser, close } = await openBrowser());
    page = await browser.newPage();
    page.on('console', (message) => complaints.push(message.text()));
  });
  afterAll(async () => {
    await close?.();
    server?.stop();
    app?.closeAllConnections();
    app?.close();
  });
  beforeEach(() => {
    complaints = [];
    server.posted.length = 0;
    Object.assign(server, { target: `${appOrigin}/callback`, allowed: `${appOrigin}/callback` });
  });

  it.each(Object.keys(PAGES))(
    'leave axe nothing to find in "%s", at any width, in the light and the dark, in both languages',
    async (name) => {
      for (const language of ['en', 'de']) {
        await page.goto(`${server.origin}/${name}/${language}`);
        await bringAxe(page);
        for (const [width, height] of [[320, 568] as const, [1280, 800] as const])
          for (const colorScheme of ['light', 'dark'] as const) {
            await page.setViewportSize({ width, height });
            await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
            const where = [language, width, colorScheme];
            expect([...where, await findFaults(page)]).toEqual([...where, []]);
            expect([...where, await page.evaluate(measureInPage)]).toEqual([...where, []]);
          }
      }
      expect(complaints).toEqual([]);
    },
    60_000,
  );

  it('look as their style says, which their policy allows', async () => {
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.goto(`${server.origin}/sign-in/en`);
    expect(await page.locator('main').evaluate((main) => main.getBoundingClientRect().width)).toBe(448);
    expect(complaints).toEqual([]);
  });

  it.each([
    ['sign-in', 'username', ''],
    ['wrong', 'password', 'The username or the password is not right.'],
    ['wait', 'failure', 'Too many attempts. You can try again in 2 minutes.'],
  ])('put the focus of "%s" on the %s', async (name, focused, alert) => {
    await page.goto(`${server.origin}/${name}/en`);
    await page.locator(`#${focused}:focus`).waitFor({ timeout: 20_000 });
    expect((await page.getByRole('alert').allTextContents()).join()).toContain(alert);
    const described = await page.getByLabel('Password').getAttribute('aria-describedby');
    expect(described).toBe(alert === '' ? null : 'failure');
  });

  it('take no click on what allows until the one before it is over', async () => {
    await page.goto(`${server.origin}/consent/en`);
    const allow = page.locator('button[value=allow]');
    const clickable = (atMs: number) =>
      allow.evaluate((button, at) => {
        const { getComputedStyle: styleOf } = globalThis as unknown as {
          getComputedStyle(of: unknown): { pointerEvents: string };
        };
        const animated = button as unknown as { getAnimations(): { currentTime: number }[] };
        for (const animation of animated.getAnimations()) animation.currentTime = at;
        return styleOf(button).pointerEvents;
      }, atMs);
    expect(await clickable(400)).toBe('none');
    expect(await clickable(500)).toBe('auto');
  });

  it('send what was entered, by the Enter key alone, and lead on to the app', async () => {
    await page.goto(`${server.origin}/sign-in/en`);
    await page.getByLabel('Username').fill('ada');
    await page.getByLabel('Password').fill('öl & tee');
    await page.keyboard.press('Enter');
    await page.waitForURL(`${appOrigin}/callback`);
    const [posted] = server.posted.map((body) => [...new URLSearchParams(body)]);
    expect(posted).toEqual([
      ['interaction', 'i-1'],
      ['username', 'ada'],
      ['password', 'öl & tee'],
      ['decision', 'sign-in'],
    ]);
  });

  it.each([
    ['sign-in', 'Cancel', 'cancel'],
    ['consent', 'Allow', 'allow'],
    ['consent', 'Deny', 'deny'],
  ])('send the answer of "%s" when %s is chosen, with nothing filled in', async (name, label, decision) => {
    await page.goto(`${server.origin}/${name}/en`);
    await page.getByRole('button', { name: label }).click();
    await page.waitForURL(`${appOrigin}/callback`);
    const posted = new URLSearchParams(server.posted[0]);
    expect([posted.get('interaction'), posted.get('decision')]).toEqual(['i-1', decision]);
  });

  it('F01 lead nowhere but to the redirect URI, whatever the answer says', async () => {
    server.allowed = 'https://another.example/';
    await page.goto(`${server.origin}/consent/en`);
    const blocked = page.waitForEvent('console', {
      predicate: (said) => said.text().includes('form-action'),
    });
    await page.getByRole('button', { name: 'Allow' }).click();
    await blocked;
    expect(page.url()).toBe(`${server.origin}/consent/en`);
  });

  it('hold together, whatever the app and the user are called', async () => {
    const texts = (blns as string[]).filter((text) => !/[\p{Cc}\p{Noncharacter_Code_Point}]/u.test(text));
    const pages = ['plain', ...texts].map((text) =>
      renderSignInPage({
        ...form,
        language: 'en',
        appName: text,
        interaction: text,
        username: text,
        failure: 'wrong',
      }),
    );
    const read = await page.evaluate(readInPage, pages);
    expect(read.map(({ interaction }) => interaction)).toEqual(['plain', ...texts]);
    expect(new Set(read.map(({ shape, attributes }) => `${attributes} of ${shape}`)).size).toBe(1);
  });
});
