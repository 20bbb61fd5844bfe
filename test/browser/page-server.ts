import { readFileSync } from 'node:fs';
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';

const BUILT = /^\/built\/(wire|client)\/([a-z0-9.-]+\.js)$/;

const PAGE = `<!doctype html>
<meta charset="utf-8">
<script type="importmap">
  { "imports": { "@portcullis/wire": "/built/wire/index.js", "@portcullis/client": "/built/client/index.js" } }
</script>
<script type="module">
  import * as client from '@portcullis/client';
  globalThis.portcullis = client;
</script>`;

export interface PageServer {
  readonly origin: string;
  /** Everything that is not the page itself goes there, as a reverse proxy would send it. */
  forwardTo(port: number): void;
  stop(): Promise<void>;
}

function forward(from: IncomingMessage, to: ServerResponse, port: number): void {
  const { method, url, headers } = from;
  const onward = request({ host: '127.0.0.1', port, method, path: url, headers }, (answer) => {
    to.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
    answer.pipe(to);
  });
  onward.on('error', () => to.writeHead(502).end());
  from.pipe(onward);
}

/** A page that imports the packages as they are published: no bundler, an import map. */
export async function startPageServer(): Promise<PageServer> {
  let port: number | undefined;
  const server = createServer((asked, answer) => {
    const [, name, file] = BUILT.exec(asked.url ?? '') ?? [];
    if (name !== undefined && file !== undefined)
      answer
        .writeHead(200, { 'content-type': 'text/javascript' })
        .end(readFileSync(resolve('libs', name, 'dist', file)));
    else if (asked.url === '/') answer.writeHead(200, { 'content-type': 'text/html' }).end(PAGE);
    else if (port === undefined) answer.writeHead(404).end();
    else forward(asked, answer, port);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    forwardTo(to) {
      port = to;
    },
    stop: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}
