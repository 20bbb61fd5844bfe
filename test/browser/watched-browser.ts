import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';

/** A browser of somebody who was never there, with everything in it that a page must not do. */
export interface WatchedBrowser {
  readonly context: BrowserContext;
  /** Origins, or schemes, that were asked for anything. */
  readonly asked: Set<string>;
  /** What went against a policy. */
  readonly complaints: string[];
}

const OF_POLICY = /content security policy|refused to|x-frame-options/i;

export async function openWatched(
  browser: Browser,
  options: BrowserContextOptions = {},
): Promise<WatchedBrowser> {
  const context = await browser.newContext({ locale: 'en-GB', ...options });
  context.setDefaultTimeout(20_000);
  const asked = new Set<string>();
  const complaints: string[] = [];
  context.on('request', (request) => {
    const { origin, protocol } = new URL(request.url());
    asked.add(origin === 'null' ? protocol : origin);
  });
  context.on('console', (said) => {
    if (OF_POLICY.test(said.text())) complaints.push(said.text());
  });
  context.on('weberror', (error) => complaints.push(error.error().message));
  return { context, asked, complaints };
}

/** Fills in the form of the page to sign in on, and sends it. */
export async function signIn(
  page: Page,
  { username, password }: { readonly username: string; readonly password: string },
): Promise<void> {
  await page.locator('#username').fill(username);
  await page.locator('#password').fill(password);
  await press(page, 'sign-in');
}

export function press(page: Page, decision: 'sign-in' | 'cancel' | 'allow' | 'deny'): Promise<void> {
  return page.locator(`button[value=${decision}]`).click();
}

/** What a click leads to that the browser cannot show: an app of its own, or a site that is not there. */
export async function leavingFor(page: Page, click: () => Promise<void>): Promise<URL> {
  const [request] = await Promise.all([
    page.waitForEvent('requestfailed', (failed) => failed.redirectedFrom() !== null),
    click(),
  ]);
  return new URL(request.url());
}
