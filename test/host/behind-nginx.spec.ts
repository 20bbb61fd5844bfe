import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { All, Controller, Req } from '@nestjs/common';
import Hawk from 'hawk';
import { CallingApp, Protect, SystemClock, type CallingAppFacts, type Decision } from '@portcullis/nest';
import { RedisClaimStore, RedisStores } from '@portcullis/nest/redis';
import { NoJournal } from '../../libs/nest/src/stores/memory/index.js';
import { ADAPTERS, APP, SECRET, startHost, type Host } from '../support/host-app.js';
import { noteSecret } from '../support/log-book.js';
import { lines } from '../support/raw.js';
import { sign, type Signed, type ToSign } from '../support/sign.js';
import { describeWithNginx, NginxProcess } from './nginx-process.js';

/** Whoever else is busy on this machine says nothing about Redis. */
const PATIENCE_MS = 1_000;
const ORIGIN = 'https://api.example.com';
/** Of the same nodes: a signature for it must not be worth anything at the other. */
const OTHER_ORIGIN = 'https://staging.example.com';
const NAME = 'api.example.com';
/** The caller is not where nginx is: whose address a node believes can be seen. */
const CALLER = '127.0.0.2';
const PROXY = '127.0.0.1';

/** The block of the page, as it stands there. */
function locationOnPage(): string {
  const page = readFileSync('docs/several-nodes.md', 'utf8');
  const [, block] = /```nginx\n([^]*?)```/.exec(page) ?? [];
  if (block === undefined) throw new Error('docs/several-nodes.md shows no nginx block');
  return block;
}

@Controller()
class EveryPathController {
  @Protect({ signature: true })
  @All(['things', 'things/*'])
  read(@CallingApp() app: CallingAppFacts, @Req() request: { originalUrl: string }): object {
    return { app: app.id, saw: request.originalUrl };
  }
}

interface Reply {
  readonly status: number;
  readonly code: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const redisUrl = process.env['REDIS_URL'];
if (redisUrl === undefined) process.stdout.write('Behind nginx: skipped, REDIS_URL is not set\n');

(redisUrl === undefined ? describe.skip : describeWithNginx)('Two nodes behind the nginx of the page', () => {
  let nginx: NginxProcess;
  let nodes: Host[];
  const shared: RedisStores[] = [];

  beforeAll(async () => {
    const keyPrefix = `nginx-${randomUUID()}:`;
    nodes = [];
    for (const adapter of ADAPTERS) {
      const stores = await RedisStores.connect({
        url: redisUrl as string,
        keyPrefix,
        commandTimeoutMs: PATIENCE_MS,
      });
      shared.push(stores);
      nodes.push(
        await startHost(adapter, {
          controllers: [EveryPathController],
          module: {
            publicOrigins: [ORIGIN, OTHER_ORIGIN],
            trustedProxies: [PROXY],
            claims: claimsOf(stores, keyPrefix),
          },
        }),
      );
    }
    nginx = await NginxProcess.start({
      location: locationOnPage(),
      nodePorts: nodes.map(({ port }) => port),
      serverName: NAME,
    });
  });
  afterAll(async () => {
    await nginx?.stop();
    for (const { app } of nodes) await app.close();
    for (const stores of shared) await stores.close();
  });

  const signed = (path: string, more: Partial<ToSign> = {}) =>
    sign({ method: 'GET', url: `${ORIGIN}${path}`, ...more });

  /** Over TLS to nginx, byte for byte what was signed; from an address that is not the proxy's. */
  const ask = (request: Signed, more: readonly string[] = []) =>
    exchange(
      () =>
        connectTls({
          socket: connect({ port: nginx.port, host: PROXY, localAddress: CALLER }),
          servername: NAME,
          ca: nginx.certificate,
        }),
      bytesOf(request, [`Host: ${NAME}`, ...more]),
    );

  /** To a node itself, as nginx stands to it, or as a stranger. */
  const askNode = (node: Host, request: Signed, from: string, more: readonly string[] = []) =>
    exchange(
      () => connect({ port: node.port, host: PROXY, localAddress: from }),
      bytesOf(request, [`Host: ${NAME}`, ...more]),
    );

  const decisions = () => nodes.map(({ log }) => log.splice(0).map((line) => JSON.parse(line) as Decision));
  beforeEach(() => decisions());

  it('are both asked, and admit what RFC 9421 signed for the public origin', async () => {
    for (const round of [1, 2]) {
      const body = `{"round":${round}}`;
      const headers = { 'content-type': 'application/json' };
      for (const request of [signed('/things/a?b=c'), signed('/things', { method: 'POST', body, headers })]) {
        const { status, body: seen } = await ask(request);
        expect([status >= 200 && status < 300, seen]).toEqual([true, expect.stringContaining(APP.id)]);
      }
    }
    expect(decisions().map((made) => made.map(({ event }) => event))).toEqual([
      ['admitted', 'admitted'],
      ['admitted', 'admitted'],
    ]);
  });

  it('admit what Hawk signed, and their signed answer arrives as it was signed', async () => {
    const credentials = { id: APP.id, key: SECRET, algorithm: 'sha256' as const };
    const url = `${ORIGIN}/things/a?b=c`;
    for (const _ of nodes) {
      const { header, artifacts } = Hawk.client.header(url, 'GET', { credentials });
      const answer = await ask({ method: 'GET', url, headers: { authorization: header } });
      expect(answer.status).toBe(200);
      const check = () =>
        Hawk.client.authenticate({ headers: answer.headers }, credentials, artifacts, {
          payload: answer.body,
          required: true,
        });
      expect(check).not.toThrow();
      expect((await ask({ method: 'GET', url, headers: { authorization: header } })).code).toBe(
        'signature_replayed',
      );
    }
  });

  it('[C15] refuse a replay, which nginx hands to the other node', async () => {
    const once = signed('/things/a');
    expect((await ask(once)).status).toBe(200);
    expect((await ask(once)).code).toBe('signature_replayed');
    expect(
      decisions()
        .map((made) => made.map(({ event }) => event))
        .toSorted(),
    ).toEqual([['admitted'], ['refused']]);
  });

  it.each([
    [`X-Forwarded-Host: ${new URL(OTHER_ORIGIN).host}`],
    [`X-Forwarded-Host: evil.example, ${new URL(OTHER_ORIGIN).host}`],
    ['X-Forwarded-Proto: http'],
    ['X-Forwarded-Port: 80'],
    [`X_Forwarded_Host: ${new URL(OTHER_ORIGIN).host}`],
    [`Forwarded: host=${new URL(OTHER_ORIGIN).host};proto=http`],
    [`X-Original-URI: /things/b`],
  ])('[A09] take the same origin whatever a caller says of it: %s', async (forged) => {
    for (const _ of nodes) {
      expect((await ask(signed('/things/a'), [forged])).status).toBe(200);
      const elsewhere = sign({ method: 'GET', url: `${OTHER_ORIGIN}/things/a` });
      expect((await ask(elsewhere, [forged])).code).toBe('signature_invalid');
    }
  });

  it('[A09] believe no forwarded header of somebody who comes past nginx', async () => {
    const forged = [`X-Forwarded-Host: ${new URL(OTHER_ORIGIN).host}`, 'X-Forwarded-For: 203.0.113.9'];
    for (const node of nodes) {
      const elsewhere = sign({ method: 'GET', url: `${OTHER_ORIGIN}/things/a` });
      expect((await askNode(node, elsewhere, CALLER, forged)).code).toBe('signature_invalid');
      expect((await askNode(node, signed('/things/a'), CALLER, forged)).status).toBe(200);
      const addresses = node.log.map((line) => (JSON.parse(line) as Decision).peerAddress);
      expect(addresses).toEqual([CALLER, CALLER]);
    }
  });

  it('write down the address of the caller, and none that it made up', async () => {
    const forged = [[], ['X-Forwarded-For: 203.0.113.9'], ['X-Forwarded-For: 127.0.0.1, 203.0.113.9']];
    for (const more of forged) for (const _ of nodes) await ask(signed('/things/a'), more);
    const addresses = decisions()
      .flat()
      .map(({ peerAddress }) => peerAddress);
    expect(addresses).toEqual(Array.from({ length: forged.length * nodes.length }, () => CALLER));
  });

  it.each([
    ['/things/a%2Fb', 200],
    ['/things/a%2fb', 200],
    ['/things/%61', 200],
    ['/things//a', 200],
    ['/things/a//', 200],
    ['/things/a/', 200],
    ['/things/a?', 200],
    ['/things/a?b=%2F&b=+%20', 200],
    ['/things/a;b=c', 200],
    ['/things/%C3%BC', 200],
    ['//things/a', 404],
    ['/nothing%2Fhere', 404],
  ])('[A12] judge %s through nginx as they do directly', async (path, status) => {
    for (const _ of nodes) {
      const through = await ask(signed(path));
      const [served] = decisions().flatMap((made, at) => (made.length > 0 ? [nodes[at] as Host] : []));
      for (const node of served ? [served] : nodes) {
        const direct = await askNode(node, signed(path), PROXY);
        decisions();
        expect([through.status, through.code]).toEqual([direct.status, direct.code]);
        expect(direct.status).toBe(status);
        if (direct.status === 200) expect(JSON.parse(through.body)).toEqual(JSON.parse(direct.body));
      }
    }
  });

  it('[A12] refuse a path that is spelled otherwise than it was signed', async () => {
    for (const [sent, asSigned] of [
      ['/things/%61', '/things/a'],
      ['/things//a', '/things/a'],
      ['/things/a/', '/things/a'],
      ['/things/a%2Fb', '/things/a/b'],
      ['/things/x/../a', '/things/a'],
    ] as const)
      for (const _ of nodes)
        expect([sent, (await ask({ ...signed(asSigned), url: `${ORIGIN}${sent}` })).code]).toEqual([
          sent,
          'signature_invalid',
        ]);
  });

  it('refuse a body that was altered on the way to nginx', async () => {
    const headers = { 'content-type': 'application/json' };
    for (const _ of nodes) {
      const order = signed('/things', { method: 'POST', body: '{"tea":2}', headers });
      expect((await ask({ ...order, body: '{"tea":3}' })).code).toBe('signature_invalid');
    }
  });
});

/** As if nobody had ever admitted anything: an empty Redis would otherwise be one that lost its memory. */
function claimsOf({ redis }: RedisStores, keyPrefix: string): RedisClaimStore {
  const journal = Object.assign(new NoJournal(), { share: async () => 'nobody' as const });
  return new RedisClaimStore({ redis, keyPrefix, journal, clock: new SystemClock(), maxAheadMs: 12_000 });
}

function bytesOf({ method, url, headers, body = '' }: Signed, more: readonly string[]): string {
  if (headers['authorization']) noteSecret(headers['authorization']);
  const length = body === '' ? [] : [`Content-Length: ${Buffer.byteLength(body)}`];
  const named = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return lines(method, url.replace(/^https:\/\/[^/]+/, ''), [...more, ...length, ...named], String(body));
}

function exchange(open: () => ReturnType<typeof connect>, bytes: string): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const socket = open();
    let text = '';
    socket.setTimeout(10_000, () => socket.destroy(new Error('no answer in time')));
    socket.on('error', reject);
    socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
    socket.on('close', () => resolve(replyOf(text)));
    socket.write(bytes);
  });
}

function replyOf(text: string): Reply {
  const [head = '', body = ''] = text.split('\r\n\r\n');
  const [first = '', ...named] = head.split('\r\n');
  const headers = named.map((line) => [line.split(':', 1)[0]?.toLowerCase(), line.replace(/^[^:]*:\s*/, '')]);
  const [, code] = /"code":"(\w+)"/.exec(body) ?? [];
  return { status: Number(first.split(' ')[1]), code, headers: Object.fromEntries(headers), body };
}
