import { createHash, createHmac, randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import Hawk from 'hawk';
import { readCredentials } from '@portcullis/wire';
import { ADAPTERS, APP, SECRET, startHost, type AdapterName, type Host } from '../support/host-app.js';
import { lines, raw } from '../support/raw.js';

interface HawkCall {
  method?: string;
  target?: string;
  /** What is MACed as the host and the port. */
  host?: string;
  port?: number;
  ts?: string | number;
  nonce?: string;
  hash?: string;
  ext?: string;
  app?: string;
  dlg?: string;
}

const now = () => Math.floor(Date.now() / 1000);
const credentials = { id: APP.id, key: SECRET, algorithm: 'sha256' as const };

function payloadHash(body: string, mediaType: string): string {
  return createHash('sha256').update(`hawk.1.payload\n${mediaType}\n${body}\n`).digest('base64');
}

/** Written out here once more, so that the product is not measured by itself. */
function attributesOf(call: HawkCall): Record<string, string> {
  const { method = 'GET', target = '/signed', host = '127.0.0.1', port = 80, ts = now() } = call;
  const { nonce = randomUUID(), hash, ext, app, dlg } = call;
  const signed = [ts, nonce, method, target, host, port, hash ?? '', ext ?? ''];
  const text = ['hawk.1.header', ...signed, ...(app === undefined ? [] : [app, dlg ?? ''])].join('\n');
  const mac = createHmac('sha256', SECRET).update(`${text}\n`).digest('base64');
  const all = { id: APP.id, ts: String(ts), nonce, hash, ext, app, dlg, mac };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as Record<
    string,
    string
  >;
}

function headerOf(attributes: Record<string, string>): string {
  const written = Object.entries(attributes).map(([name, value]) => `${name}="${value}"`);
  return `Hawk ${written.join(', ')}`;
}

describe.each(ADAPTERS)('Hawk on %s', (adapter) => {
  let host: Host;
  beforeAll(async () => {
    host = await startHost(adapter);
  });
  afterAll(() => host.app.close());

  const ask = async (authorization: string, more: readonly string[] = [], target = '/signed') => {
    const headers = [`Host: 127.0.0.1:${host.port}`, `Authorization: ${authorization}`, ...more];
    const { status, code } = await raw(host.port, lines('GET', target, headers));
    return [status, code];
  };
  const made = (call: HawkCall = {}) => attributesOf({ port: host.port, ...call });
  const INVALID = [401, 'signature_invalid'];
  const MALFORMED = [400, 'malformed_credentials'];
  const ADMITTED = [200, undefined];

  it('admits what the MAC of this suite signs', async () => {
    expect(await ask(headerOf(made()))).toEqual(ADMITTED);
  });

  it('[C09] reads a time in one spelling, whatever the holder of the secret signed', async () => {
    const seconds = now();
    const spelled = [
      `${seconds}.0`,
      `${seconds}.`,
      ` ${seconds}`,
      `${seconds} `,
      `+${seconds}`,
      `-${seconds}`,
      `0${seconds}`,
      `${seconds}`.padStart(20, '0'),
      `${seconds}0000000000`,
      `0x${seconds.toString(16)}`,
      `0b${seconds.toString(2)}`,
      `${seconds / 10}e1`,
      `${seconds}e0`,
      `${seconds}n`,
      '1e9',
      '0',
      '-0',
      'NaN',
      'Infinity',
      '１７６４０００',
    ];
    for (const ts of spelled) {
      const overText = made({ ts });
      const overNumber = { ...made({ ts: Number(ts) }), ts };
      for (const attributes of [overText, overNumber])
        expect([ts, ...(await ask(headerOf(attributes)))]).toEqual([ts, ...MALFORMED]);
    }
    expect(await ask(headerOf({ ...made(), ts: '' }))).toEqual(MALFORMED);
  });

  describe('[C20] ext, app and dlg', () => {
    const all = { ext: 'some data', app: 'an-app', dlg: 'a-delegate' };

    it('are part of what is signed', async () => {
      expect(await ask(headerOf(made(all)))).toEqual(ADMITTED);
      for (const name of ['ext', 'app', 'dlg'] as const) {
        const signed = made(all);
        expect(await ask(headerOf({ ...signed, [name]: `${all[name]}x` }))).toEqual(INVALID);
        const { [name]: _, ...without } = signed;
        expect(await ask(headerOf(without))).toEqual(name === 'app' ? MALFORMED : INVALID);
      }
      const signed = made(all);
      expect(await ask(headerOf({ ...signed, app: all.dlg, dlg: all.app }))).toEqual(INVALID);
    });

    it('cannot be added by anybody else, dlg without app included', async () => {
      const additions: Record<string, string>[] = [{ ext: 'x' }, { app: 'x' }, { app: 'x', dlg: 'y' }];
      for (const added of additions) expect(await ask(headerOf({ ...made(), ...added }))).toEqual(INVALID);
      expect(await ask(headerOf({ ...made(), dlg: 'y' }))).toEqual(MALFORMED);
      for (const name of ['ext', 'app', 'dlg', 'hash'])
        expect(await ask(headerOf({ ...made(), [name]: '' }))).toEqual(MALFORMED);
    });

    it('cannot reach over a line into what is signed beside them', async () => {
      const spread = made({ ext: 'a', app: 'b' });
      expect(await ask(headerOf({ ...spread, ext: 'a\\nb' }))).toEqual(MALFORMED);
      const { app: _, ...joined } = spread;
      expect(await ask(headerOf({ ...joined, ext: 'a b' }))).toEqual(INVALID);
    });
  });

  it('[C20] refuses an attribute that is there twice or that nobody knows, and every other spelling', async () => {
    const good = headerOf(made({ ext: 'e' }));
    const wrong = [
      `${good}, ext="e"`,
      `${good}, ext="f"`,
      `Hawk id="nobody", ${good.slice(5)}`,
      `${good}, port="80"`,
      `${good}, __proto__="x"`,
      `${good}, constructor="x"`,
      `${good}, bewit="x"`,
      good.replace('ext="e"', 'EXT="e"'),
      good.replace('ext="e"', 'ext="\\e"'),
      good.replace('ext="e"', 'ext="e\\""'),
      good.replace('ext="e"', 'ext=""e"'),
      good.replace('ext="e"', "ext='e'"),
      good.replace('ext="e"', 'ext=e'),
      good.replace('ext="e"', 'ext = "e"'),
      good.replace('ext="e"', 'ext="e'),
      good.replace('ext="e"', 'ext="é"'),
      good.replace(', ext', ' ext'),
      good.replace(', ext', '; ext'),
      good.replace('Hawk ', 'Hawk, '),
      good.replace('Hawk ', 'Hawk'),
      good.replace('Hawk ', 'Hawk2 '),
      `${good} trailing`,
      'Hawk',
      'Hawk ',
      'Hawk id',
    ];
    for (const header of wrong) expect([header, ...(await ask(header))]).toEqual([header, ...MALFORMED]);
    for (const name of ['id', 'ts', 'nonce', 'mac']) {
      const { [name]: _, ...without } = made();
      expect([name, ...(await ask(headerOf(without)))]).toEqual([name, ...MALFORMED]);
    }
    expect(await ask(good)).toEqual(ADMITTED);
  });

  it('[C10] takes the MAC whole, in the one spelling of base64 that the scheme has', async () => {
    const withSlash = () => {
      for (;;) {
        const signed = made();
        if (/[+/]/.test(signed['mac'] as string)) return signed;
      }
    };
    const changes: ((mac: string) => string)[] = [
      (mac) => mac.slice(0, -1),
      (mac) => mac.slice(4),
      (mac) => mac.slice(0, 4),
      (mac) => `${mac}=`,
      (mac) => `${mac.slice(0, -1)}AA=`,
      (mac) => `${mac}AAAA`,
      (mac) => mac.replaceAll('+', '-').replaceAll('/', '_'),
      (mac) => mac.toLowerCase(),
      (mac) => mac.toUpperCase(),
      (mac) => Buffer.from(mac, 'base64').toString('hex'),
      (mac) => Buffer.from(mac, 'base64').toString('hex').toUpperCase(),
      (mac) => ` ${mac}`,
      (mac) => `${mac} `,
      (mac) => mac.replace(/^.{8}/, '$& '),
      // The unused two bits before the padding: another text for the same bytes.
      (mac) => mac.replace(/.=$/, (end) => `${String.fromCharCode(end.charCodeAt(0) + 1)}=`),
      () => '=',
      () => 'A'.repeat(43).concat('='),
    ];
    for (const change of changes) {
      const signed = withSlash();
      const mac = change(signed['mac'] as string);
      expect(mac).not.toBe(signed['mac']);
      expect([mac, ...(await ask(headerOf({ ...signed, mac })))]).toEqual([mac, ...INVALID]);
    }
    expect(await ask(headerOf({ ...made(), mac: '' }))).toEqual(MALFORMED);
    expect(await ask(headerOf(withSlash()))).toEqual(ADMITTED);
  });

  it('[C15] admits it once, and again only under another nonce', async () => {
    const signed = headerOf(made());
    expect(await ask(signed)).toEqual(ADMITTED);
    expect(await ask(signed)).toEqual([401, 'signature_replayed']);
    expect(await ask(signed.replace('Hawk ', 'HAWK '))).toEqual([401, 'signature_replayed']);
    expect(await ask(headerOf(made()))).toEqual(ADMITTED);
  });

  describe('a body', () => {
    const post = async (attributes: Record<string, string>, contentType: string, body: string) => {
      const headers = [
        `Host: 127.0.0.1:${host.port}`,
        `Authorization: ${headerOf(attributes)}`,
        `Content-Type: ${contentType}`,
        `Content-Length: ${Buffer.byteLength(body)}`,
      ];
      const { status, code } = await raw(host.port, lines('POST', '/signed', headers, body));
      return [status, code];
    };
    const signed = (hash?: string) => made({ method: 'POST', ...(hash !== undefined && { hash }) });
    const body = '{"a":1}';
    const hash = payloadHash(body, 'application/json');

    it('[C02] needs its hash in what is signed', async () => {
      expect(await post(signed(hash), 'application/json', body)).toEqual([201, undefined]);
      expect(await post(signed(), 'application/json', body)).toEqual(INVALID);
      const { hash: _, ...stripped } = signed(hash);
      expect(await post(stripped, 'application/json', body)).toEqual(INVALID);
      expect(await post({ ...signed(), hash }, 'application/json', body)).toEqual(INVALID);
    });

    it('is hashed with its media type, which has parameters and capitals beside it', async () => {
      for (const type of ['application/json; charset=utf-8', 'APPLICATION/json', 'application/json;x="y"'])
        expect(await post(signed(hash), type, body)).toEqual([201, undefined]);
      for (const type of ['text/plain', 'application/json2', 'application/problem+json'])
        expect(await post(signed(hash), type, body)).toEqual(INVALID);
      const asText = payloadHash(body, 'application/json; charset=utf-8');
      expect(await post(signed(asText), 'application/json; charset=utf-8', body)).toEqual(INVALID);
    });

    it('is refused under a hash that is cut, padded, of another algorithm or of something else', async () => {
      const wrong = [
        hash.slice(0, -4),
        `${hash}=`,
        hash.replace(/=$/, ''),
        createHash('sha256').update(body).digest('base64'),
        createHash('sha1').update(`hawk.1.payload\napplication/json\n${body}\n`).digest('base64'),
        payloadHash(`${body}\n`, 'application/json'),
        payloadHash('', 'application/json'),
      ];
      for (const other of wrong) expect(await post(signed(other), 'application/json', body)).toEqual(INVALID);
    });

    it('that is empty may have the hash of nothing and no other', async () => {
      expect(await post(signed(), 'application/json', '')).toEqual([201, undefined]);
      expect(await post(signed(payloadHash('', 'application/json')), 'application/json', '')).toEqual([
        201,
        undefined,
      ]);
      expect(await post(signed(hash), 'application/json', '')).toEqual(INVALID);
      expect(await ask(headerOf(made({ hash: payloadHash('', '') })))).toEqual(ADMITTED);
      expect(await ask(headerOf(made({ hash: payloadHash('x', '') })))).toEqual(INVALID);
    });
  });

  describe('[C22] the answer', () => {
    const answered = async () => {
      const url = `${host.url}/signed`;
      const payload = '{"a":1}';
      const contentType = 'application/json';
      const { header, artifacts } = Hawk.client.header(url, 'POST', { credentials, payload, contentType });
      const headers = { authorization: header, 'content-type': contentType };
      const response = await fetch(url, { method: 'POST', headers, body: payload });
      return { headers: Object.fromEntries(response.headers), artifacts, text: await response.text() };
    };
    const authenticate = (
      headers: Record<string, string>,
      { artifacts, text }: { artifacts: object; text: string },
    ) => Hawk.client.authenticate({ headers }, credentials, artifacts, { payload: text, required: true });

    it('is authenticated by the npm client, and by nobody once a byte of it is another', async () => {
      const answer = await answered();
      expect(authenticate(answer.headers, answer).headers['server-authorization']).toBeDefined();
      const name = 'server-authorization';
      const value = answer.headers[name] as string;
      for (let at = 0; at < value.length; at++) {
        const byte = String.fromCharCode(value.charCodeAt(at) ^ 1);
        const changed = `${value.slice(0, at)}${byte}${value.slice(at + 1)}`;
        expect(() => authenticate({ ...answer.headers, [name]: changed }, answer)).toThrow();
      }
      for (let at = 0; at < answer.text.length; at++) {
        const text = `${answer.text.slice(0, at)}~${answer.text.slice(at + 1)}`;
        expect(() => authenticate(answer.headers, { ...answer, text })).toThrow();
      }
      expect(() => authenticate({ ...answer.headers, 'content-type': 'text/html' }, answer)).toThrow();
    });

    it('is missed when it is absent, without a hash, or of another request', async () => {
      const [answer, other] = await Promise.all([answered(), answered()]);
      const { 'server-authorization': value = '', ...stripped } = answer.headers;
      expect(() => authenticate(stripped, answer)).toThrow();
      const hashless = value.replace(/, hash="[^"]*"/, '');
      expect(hashless).not.toBe(value);
      expect(() => authenticate({ ...stripped, 'server-authorization': hashless }, answer)).toThrow();
      expect(() => authenticate(answer.headers, other)).toThrow();
    });

    it('to what was refused is signed for nobody', async () => {
      const { text } = await raw(
        host.port,
        lines('GET', '/signed', [
          `Host: 127.0.0.1:${host.port}`,
          `Authorization: ${headerOf({ ...made(), ext: 'x' })}`,
        ]),
      );
      expect(text).toMatch(/^HTTP\/1\.1 401 /);
      expect(text.toLowerCase()).not.toContain('server-authorization');
    });
  });

  it('[C23] knows no bewit: neither in the query, however it is spelled, nor as a header', async () => {
    const { getBewit } = Hawk.client as unknown as {
      getBewit(url: string, options: { credentials: object; ttlSec: number }): string;
    };
    const bewit = getBewit(`${host.url}/signed`, { credentials, ttlSec: 60 });
    const plain = [`Host: 127.0.0.1:${host.port}`];
    for (const query of [
      `bewit=${bewit}`,
      `a=1&bewit=${bewit}`,
      `BEWIT=${bewit}`,
      `%62ewit=${bewit}`,
      'bewit',
    ])
      expect((await raw(host.port, lines('GET', `/signed?${query}`, plain))).code).toBe(
        'malformed_credentials',
      );
    const signed = headerOf(made({ target: `/signed?bewit=${bewit}` }));
    expect(await ask(signed, [], `/signed?bewit=${bewit}`)).toEqual(MALFORMED);
    for (const header of [`Hawk bewit="${bewit}"`, `Hawk ${bewit}`, `Bewit ${bewit}`])
      expect(await ask(header)).toEqual(MALFORMED);
    expect(host.log.join('\n')).not.toContain(bewit);
  });

  describe('[C24] a header made to be slow', () => {
    const slow = [
      `Hawk ext="${'a'.repeat(4_090)}"`,
      `Hawk ${'a'.repeat(5_000)}`,
      `Hawk ${'id="a",'.repeat(1_000)}`,
      `Hawk ${'id="'.repeat(1_000)}`,
      `Hawk id="${"'".repeat(4_000)}`,
      `Hawk id="a"${' '.repeat(4_000)}x`,
      `Hawk id="a"${'\t '.repeat(2_000)}x`,
      `Hawk ${' '.repeat(4_000)}id`,
      `Hawk ${'id="a" , '.repeat(450)}`,
      `Hawk ${','.repeat(4_000)}`,
      `Hawk ${'\\"'.repeat(2_000)}`,
      `Hawk id='a', ts='1', nonce='n', mac='m'`,
      `Hawk id="a", ts="${'1'.repeat(4_000)}", nonce="n", mac="m"`,
    ];

    it('is refused, and one within the limit is read', async () => {
      for (const header of slow) expect(await ask(header)).toEqual(MALFORMED);
      const short = headerOf(made({ ext: 'e' }));
      expect(await ask(headerOf(made({ ext: 'e'.repeat(4_096 - short.length + 1) })))).toEqual(ADMITTED);
      expect(await ask(headerOf(made({ ext: 'e'.repeat(4_096 - short.length + 2) })))).toEqual(MALFORMED);
    });

    it('costs less than 5 ms to refuse', () => {
      for (const header of slow) {
        const times = Array.from({ length: 21 }, () => {
          const startedAt = performance.now();
          expect(() =>
            readCredentials(['Authorization', header], '/signed', { integrityHeaders: [] }),
          ).toThrow('hawk');
          return performance.now() - startedAt;
        });
        expect(times.toSorted((a, b) => a - b)[10]).toBeLessThan(5);
      }
    });
  });
});

/** From an address of this machine that is not the trusted proxy's. */
function askFrom(localAddress: string, port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect({ port, host: '127.0.0.1', localAddress }, () => socket.write(bytes));
    socket.on('data', (chunk) => (text += chunk.toString('latin1')));
    socket.on('error', reject);
    socket.on('close', () => resolve(text));
  });
}

describe.each(ADAPTERS)('[C21] The host that Hawk signs, on %s', (adapter: AdapterName) => {
  const ORIGINS = ['http://api.example.com', 'https://shop.example', 'http://[::1]:8080'];
  let host: Host;
  beforeAll(async () => {
    host = await startHost(adapter, {
      module: { publicOrigins: ORIGINS, trustedProxies: ['127.0.0.1'] },
    });
  });
  afterAll(() => host.app.close());

  const ask = async (call: HawkCall, headers: readonly string[], from = '127.0.0.1') => {
    const sent = [...headers, `Authorization: ${headerOf(attributesOf(call))}`];
    const text = await askFrom(from, host.port, lines('GET', '/signed', sent));
    return Number(text.slice(9, 12));
  };
  const api = { host: 'api.example.com', port: 80 };
  const shop = { host: 'shop.example', port: 443 };
  const literal = { host: '[::1]', port: 8080 };

  it('is the configured origin, in whatever spelling the request names it', async () => {
    for (const name of ['api.example.com', 'api.example.com:80', 'API.Example.COM', 'Api.Example.com:80'])
      expect([name, await ask(api, [`Host: ${name}`])]).toEqual([name, 200]);
    expect(await ask(shop, ['Host: shop.example'])).toBe(200);
    expect(await ask(shop, ['Host: SHOP.example:443'])).toBe(200);
    for (const name of ['[::1]:8080']) expect(await ask(literal, [`Host: ${name}`])).toBe(200);
  });

  it('is no other host, port or spelling', async () => {
    const wrong = [
      'api.example.com:443',
      'api.example.com:8080',
      'api.example.com:',
      'api.example.com:80:80',
      'api.example.com:0x50',
      'api.example.com.',
      '.api.example.com',
      'api.example.com@evil.example',
      'evil.example',
      'xn--api.example.com',
      'api.example.com/evil',
      'api.example.com, evil.example',
      'evil.example, api.example.com',
      '[::1]',
      '::1',
    ];
    for (const name of wrong) {
      const status = await ask(api, [`Host: ${name}`]);
      expect([name, status >= 400 && status < 500]).toEqual([name, true]);
    }
    for (const name of [
      '[::1]',
      '[::1]:80',
      '[::01]:8080',
      '[0:0:0:0:0:0:0:1]:8080',
      '::1:8080',
      'localhost:8080',
    ]) {
      const status = await ask(literal, [`Host: ${name}`]);
      expect([name, status >= 400 && status < 500]).toEqual([name, true]);
    }
  });

  it('of one origin is not signed for another', async () => {
    expect(await ask(api, ['Host: shop.example'])).toBe(401);
    expect(await ask(shop, ['Host: api.example.com'])).toBe(401);
    expect(await ask({ ...api, port: 443 }, ['Host: api.example.com'])).toBe(401);
    expect(await ask({ ...shop, port: 80 }, ['Host: shop.example'])).toBe(401);
    expect(await ask({ host: '::1', port: 8080 }, ['Host: [::1]:8080'])).toBe(401);
  });

  it('there twice, or not at all, is refused', async () => {
    for (const headers of [['Host: api.example.com', 'Host: evil.example'], []]) {
      const status = await ask(api, headers);
      expect([headers, status >= 400 && status < 500]).toEqual([headers, true]);
    }
  });

  it('[A09] is taken from X-Forwarded-Host of a trusted proxy, the last it added, and of nobody else', async () => {
    const forwarded = ['Host: internal', 'X-Forwarded-Host: shop.example', 'X-Forwarded-Proto: https'];
    expect(await ask(shop, forwarded)).toBe(200);
    expect(await ask(shop, ['Host: internal', 'X-Forwarded-Host: evil.example, shop.example'])).toBe(200);
    expect(await ask(shop, ['Host: internal', 'X-Forwarded-Host: shop.example, evil.example'])).toBe(401);
    expect(await ask(api, ['Host: api.example.com', 'X-Forwarded-Host: shop.example'])).toBe(401);
    expect(await ask(shop, forwarded, '127.0.0.2')).toBe(401);
    const besides = ['Host: api.example.com', 'X-Forwarded-Host: shop.example'];
    expect(await ask(shop, besides, '127.0.0.2')).toBe(401);
    expect(await ask(api, besides, '127.0.0.2')).toBe(200);
    for (const name of ['X-Forwarded-Port: 443', 'X-Forwarded-Proto: https', 'Forwarded: host=shop.example'])
      expect(await ask(api, ['Host: api.example.com', name])).toBe(200);
  });
});
