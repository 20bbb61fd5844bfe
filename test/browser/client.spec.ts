import type { INestApplication } from '@nestjs/common';
import type { BrowserContext, Page } from 'playwright-core';
import type * as Client from '@portcullis/client';
import { startBank, type RunningBank } from '../support/bank.js';
import type { BankClient } from '../support/bank-client.js';
import { ADAPTERS, APP, SECRET, startHost, type Host } from '../support/host-app.js';
import { SCHEMES, type Scheme } from '../client/client-of.js';
import { describeInChromium, openBrowser } from './open-browser.js';
import { startPageServer, type PageServer } from './page-server.js';

interface Step {
  readonly path: string;
  readonly init?: { method: string; body?: string; headers?: Record<string, string> };
  readonly call?: Client.CallOptions;
}

interface Script {
  readonly origin: string;
  readonly appId: string;
  readonly scheme: Scheme;
  readonly secret: string;
  readonly login?: { username: string; password: string };
  readonly integrityToken?: string;
  readonly aheadSeconds?: number;
  readonly steps: readonly Step[];
}

/** Runs in the page. What each step ended with: a status and the answer's JSON, or the error's code. */
async function runInPage({
  origin,
  appId,
  scheme,
  secret,
  login,
  steps,
  ...rest
}: Script): Promise<unknown[]> {
  const { portcullis } = globalThis as unknown as { portcullis: typeof Client };
  const { integrityToken: token, aheadSeconds = 0 } = rest;
  const client = new portcullis.PortcullisClient({
    origin,
    app: { id: appId, signing: { scheme, secret } },
    ...(token !== undefined && {
      integrity: { source: { issue: async () => ({ token, expiresInSeconds: 300 }) } },
    }),
    clock: { now: () => Date.now() + aheadSeconds * 1000 },
  });
  if (login) await client.signIn(login);
  const ended: unknown[] = [];
  for (const { path, init, call } of steps) {
    try {
      const answer = await client.fetch(path, init, call);
      ended.push([answer.status, await answer.json()]);
    } catch (error) {
      const { name, code } = error as { name: string; code?: string };
      ended.push([name, code]);
    }
  }
  return ended;
}

const json = { 'content-type': 'application/json' };

describeInChromium('The client in Chromium, as it is published', () => {
  let browser: BrowserContext;
  let close: () => Promise<void>;
  let pages: PageServer;
  let page: Page;
  const complaints: string[] = [];
  beforeAll(async () => {
    pages = await startPageServer();
    ({ browser, close } = await openBrowser());
    page = await browser.newPage();
    page.on('pageerror', ({ message }) => complaints.push(message));
    await page.goto(`${pages.origin}/`);
    await page.waitForFunction(() => 'portcullis' in globalThis, undefined, { timeout: 30_000 });
  });
  afterAll(async () => {
    await close?.();
    await pages?.stop();
  });
  afterEach(() => expect(complaints).toEqual([]));

  const run = (script: Script) => page.evaluate(runInPage, script);

  describe.each(ADAPTERS)('from another origin than the API’s, on %s', (adapter) => {
    let host: Host;
    beforeAll(async () => {
      const cors = {
        origin: pages.origin,
        exposedHeaders: ['WWW-Authenticate', 'Server-Authorization', 'Retry-After'],
      };
      const beforeListen = (app: INestApplication) => app.enableCors(cors);
      host = await startHost(adapter, { beforeListen, module: { knownRoutes: ['OPTIONS *'] } });
    });
    afterAll(() => host.app.close());

    const script = (scheme: Scheme, steps: readonly Step[]): Script => ({
      origin: host.url,
      appId: APP.id,
      scheme,
      secret: SECRET,
      steps,
    });

    it.each(SCHEMES)('signs with %s, whatever the path, the query and the body', async (scheme) => {
      const body = JSON.stringify({ text: 'für 🐈' });
      const steps = [
        { path: '/signed?a=ä b&c=\'"<>^|`{}[]\\%41' },
        { path: '/signed?', init: { method: 'GET' } },
        { path: '/signed', init: { method: 'post', body, headers: json } },
      ];
      expect(await run(script(scheme, steps))).toEqual([
        [200, { app: APP.id, scheme }],
        [200, { app: APP.id, scheme }],
        [201, { seen: { text: 'für 🐈' } }],
      ]);
    });

    it.each(SCHEMES)('corrects a clock that is an hour wrong, with %s', async (scheme) => {
      const steps = [{ path: '/signed' }];
      for (const aheadSeconds of [3600, -3600])
        expect(await run({ ...script(scheme, steps), aheadSeconds })).toEqual([
          [200, { app: APP.id, scheme }],
        ]);
    });

    it.each(SCHEMES)('is told why it is refused, with %s', async (scheme) => {
      const wrong = { ...script(scheme, [{ path: '/signed' }]), secret: 'x'.repeat(40) };
      expect(await run(wrong)).toEqual([['ProblemError', 'signature_invalid']]);
    });

    it('gets every answer from the server, though the browser had one like it', async () => {
      const steps = Array.from({ length: 3 }, () => ({ path: '/signed' }));
      const answers = await run(script('hawk', steps));
      expect(answers).toEqual(steps.map(() => [200, { app: APP.id, scheme: 'hawk' }]));
    });
  });

  describe.each(ADAPTERS)('from the origin of a bank on %s', (adapter) => {
    let bank: RunningBank;
    let app: BankClient;
    beforeAll(async () => {
      bank = await startBank(adapter, { PORTCULLIS_PUBLIC_ORIGINS: pages.origin });
      pages.forwardTo(bank.port);
      app = await bank.admin.newApp();
    });
    afterAll(() => bank.stop());

    it.each(SCHEMES)('signs its user in, reads and pays, with %s', async (scheme) => {
      const { username, password, account: from } = await bank.admin.newUser();
      const { account: to } = await bank.admin.newUser();
      const order = { from, to, amountMinor: 250, currency: 'EUR', reference: 'Miete' };
      const unsigned = { signature: false };
      const answers = await run({
        origin: pages.origin,
        appId: app.parts.appId,
        scheme,
        secret: app.parts.signingSecret,
        login: { username, password },
        integrityToken: app.integrityToken(),
        steps: [
          { path: '/branches', call: unsigned },
          { path: '/accounts', call: unsigned },
          { path: '/transfers', init: { method: 'POST', body: JSON.stringify(order), headers: json } },
          { path: `/transfers/${to}`, call: unsigned },
          { path: '/accounts', call: { ...unsigned, user: false } },
        ],
      });
      expect(answers).toEqual([
        [200, expect.any(Array)],
        [200, [expect.objectContaining({ id: from })]],
        [201, expect.objectContaining({ amountMinor: 250, reference: 'Miete' })],
        ['ProblemError', 'not_found'],
        ['ProblemError', 'user_token_missing'],
      ]);
    });
  });
});
