import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import type { INestApplication } from '@nestjs/common';
import type { Page } from 'playwright-core';
import type * as Client from '@portcullis/client';
import { ADAPTERS, APP, SECRET, startHost, type Host } from '../support/host-app.js';
import { SCHEMES, type Scheme } from '../client/client-of.js';
import { describeInChromium, openBrowser } from './open-browser.js';

const DOCUMENTATION = readFileSync('docs/client.md', 'utf8');
const MODULE = /^\/(wire|client)\/([a-z0-9.-]+\.js)$/;
const BY_CORS = /the request headers\s([^]*?),\sand to expose\s([^]*?):/;

/** The import map of the page, as it stands there, and nothing else but a module that uses it. */
function htmlOnPage(): string {
  const [, block] = /```html\n([^]*?)```/.exec(DOCUMENTATION) ?? [];
  if (block === undefined) throw new Error('docs/client.md shows no html block');
  return `<!doctype html><meta charset="utf-8">${block}
<script type="module">
  import * as client from '@portcullis/client';
  globalThis.portcullis = client;
</script>`;
}

/** What the page says that an API on another origin has to allow, and to expose. */
function headersOnPage(): { allowedHeaders: string[]; exposedHeaders: string[] } {
  const [, allowed = '', exposed = ''] = BY_CORS.exec(DOCUMENTATION) ?? [];
  const namesIn = (text: string) => [...text.matchAll(/`([\w-]+)`/g)].map(([, name]) => name as string);
  return { allowedHeaders: namesIn(allowed), exposedHeaders: namesIn(exposed) };
}

/** Both packages as they are published, where the import map looks for them. */
function startServer(): Promise<Server> {
  const server = createServer(({ url = '' }, answer) => {
    const [, name, file] = MODULE.exec(url) ?? [];
    if (name !== undefined && file !== undefined)
      answer
        .writeHead(200, { 'content-type': 'text/javascript' })
        .end(readFileSync(resolve('libs', name, 'dist', file)));
    else if (url === '/') answer.writeHead(200, { 'content-type': 'text/html' }).end(htmlOnPage());
    else answer.writeHead(404).end();
  });
  return new Promise((done) => server.listen(0, '127.0.0.1', () => done(server)));
}

interface Script {
  readonly origin: string;
  readonly appId: string;
  readonly scheme: Scheme;
  readonly secret: string;
  readonly aheadSeconds: number;
}

/** Runs in the browser: one signed call that sends a body, by a clock that may be wrong. */
async function orderInPage({ origin, appId, scheme, secret, aheadSeconds }: Script): Promise<unknown> {
  const { portcullis } = globalThis as unknown as { portcullis: typeof Client };
  const client = new portcullis.PortcullisClient({
    origin,
    app: { id: appId, signing: { scheme, secret } },
    clock: { now: () => Date.now() + aheadSeconds * 1000 },
  });
  const headers = { 'content-type': 'application/json', 'idempotency-key': 'once' };
  const answer = await client.fetch('/signed', { method: 'POST', body: '{"tea":2}', headers });
  return [answer.status, await answer.json()];
}

describeInChromium('The page that docs/client.md shows, in Chromium', () => {
  let server: Server;
  let origin: string;
  let page: Page;
  let close: () => Promise<void>;
  const complaints: string[] = [];

  beforeAll(async () => {
    server = await startServer();
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const opened = await openBrowser();
    ({ close } = opened);
    page = await opened.browser.newPage();
    page.on('pageerror', ({ message }) => complaints.push(message));
    await page.goto(`${origin}/`);
  });
  afterAll(async () => {
    await close?.();
    server.closeAllConnections();
    server.close();
  });
  afterEach(() => expect(complaints).toEqual([]));

  it('finds both packages where its import map says', async () => {
    await page.waitForFunction(() => 'portcullis' in globalThis, undefined, { timeout: 30_000 });
  });

  describe.each(ADAPTERS)('with the CORS headers that it names, to an API on %s', (adapter) => {
    let host: Host;
    beforeAll(async () => {
      const cors = { origin, ...headersOnPage() };
      const beforeListen = (app: INestApplication) => app.enableCors(cors);
      host = await startHost(adapter, { beforeListen, module: { knownRoutes: ['OPTIONS *'] } });
    });
    afterAll(() => host.app.close());

    it.each(SCHEMES)('signs with %s, by a right clock and by a wrong one', async (scheme) => {
      for (const aheadSeconds of [0, 3600]) {
        const script = { origin: host.url, appId: APP.id, scheme, secret: SECRET, aheadSeconds };
        expect(await page.evaluate(orderInPage, script)).toEqual([201, { seen: { tea: 2 } }]);
      }
    });
  });
});
