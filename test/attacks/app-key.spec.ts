import { randomBytes } from 'node:crypto';
import blns from 'big-list-of-naughty-strings';
import fc from 'fast-check';
import { ADAPTERS, APP, SCOPELESS, startHost, SUSPENDED, type Host } from '../support/host-app.js';
import { noteSecret } from '../support/log-book.js';
import { lines, raw } from '../support/raw.js';
import { send, sign } from '../support/sign.js';

describe.each(ADAPTERS)('app keys and the edge on %s', (adapter) => {
  let host: Host;
  beforeAll(async () => {
    host = await startHost(adapter);
  });
  afterAll(() => host.app.close());

  const ask = async (target: string, headers: Record<string, string> = {}, method = 'GET') => {
    const response = await fetch(`${host.url}${target}`, { method, headers });
    const text = await response.text();
    return {
      status: response.status,
      body: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>,
      headers: response.headers,
    };
  };
  const codeOf = async (target: string, headers: Record<string, string> = {}) => {
    const { status, body } = await ask(target, headers);
    return [status, body['code']];
  };
  const key = { authorization: `key ${APP.id}` };

  it('admits a registered app by either header, in any case of the scheme [A04]', async () => {
    for (const headers of [key, { authorization: `KEY ${APP.id}` }, { 'x-api-key': APP.id }]) {
      expect((await ask('/branches', headers)).body).toEqual({ app: APP.id });
    }
  });

  it('[B01] refuses a missing, an unknown and a suspended app', async () => {
    expect(await codeOf('/branches')).toEqual([401, 'app_key_missing']);
    expect(await codeOf('/branches', { authorization: 'key nobody' })).toEqual([401, 'app_key_invalid']);
    expect(await codeOf('/branches', { authorization: `key ${SUSPENDED.id}` })).toEqual([
      401,
      'app_key_invalid',
    ]);
    const [unknown, suspended] = await Promise.all(
      ['nobody', SUSPENDED.id].map((id) => ask('/branches', { 'x-api-key': id })),
    );
    const { requestId: _u, ...one } = unknown?.body ?? {};
    const { requestId: _s, ...other } = suspended?.body ?? {};
    expect(one).toEqual(other);
  });

  it('answers a problem document', async () => {
    const { body, headers } = await ask('/branches');
    expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(body).toEqual({
      type: 'urn:portcullis:problem:app_key_missing',
      title: 'An app key is required.',
      status: 401,
      code: 'app_key_missing',
      detail: 'An app key is required.',
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
  });

  it('[B06] refuses an app without the scope, and names the scope', async () => {
    const { status, body, headers } = await ask('/branches', { 'x-api-key': SCOPELESS.id });
    expect([status, body['code'], body['scope']]).toEqual([403, 'insufficient_scope', 'branches:read']);
    expect(headers.get('www-authenticate')).toBe('Bearer error="insufficient_scope", scope="branches:read"');
  });

  it('[A02, B08] refuses a credential in the query, however it is spelled', async () => {
    for (const name of ['api_key', 'apikey', 'API_KEY', 'access_token', '%61ccess_token', 'bewit']) {
      expect(await codeOf(`/branches?${name}=${APP.id}`, key)).toEqual([400, 'malformed_credentials']);
    }
  });

  it('refuses two keys, a foreign scheme and an unreadable value', async () => {
    const wrong: Record<string, string>[] = [
      { ...key, 'x-api-key': APP.id },
      { authorization: 'Negotiate abc' },
      { authorization: 'key' },
      { authorization: 'key a b' },
      { 'x-api-key': 'x'.repeat(129) },
    ];
    for (const headers of wrong) {
      expect(await codeOf('/branches', headers)).toEqual([400, 'malformed_credentials']);
    }
  });

  it('[A12] decides the same for every spelling of a path', async () => {
    for (const target of [
      '/branches/',
      '/%62ranches',
      '//branches',
      '/branches;x=1',
      '/BRANCHES',
      '/a/../branches',
      '/branches%2F',
      '/branches?x',
      '/./branches',
    ]) {
      const { status, text } = await raw(host.port, lines('GET', target, [`Host: 127.0.0.1:${host.port}`]));
      expect([401, 404]).toContain(status);
      expect(text).not.toContain('"app"');
    }
  });

  it('[A13] gives HEAD the guard of GET, and ignores a method override', async () => {
    expect((await ask('/branches', {}, 'HEAD')).status).toBe(401);
    expect((await ask('/branches', key, 'HEAD')).status).toBe(200);
    const before = host.controller.calls;
    await ask('/branches', { ...key, 'x-http-method-override': 'POST' });
    expect(host.controller.calls).toBe(before);
  });

  it('says of a path that it is there, and which methods it has', async () => {
    const { status, body, headers } = await ask('/branches?x=1', key, 'DELETE');
    expect([status, body['code'], headers.get('allow')]).toEqual([405, 'method_not_allowed', 'GET']);
    expect((await ask('/signed', key, 'PUT')).headers.get('allow')).toBe('GET, POST');
    expect((await ask('/nowhere', key, 'DELETE')).body['code']).toBe('not_found');
  });

  it('[A14] refuses oversized headers and goes on', async () => {
    const { status } = await raw(
      host.port,
      lines('GET', '/branches', ['Host: h', `X-Api-Key: ${'k'.repeat(65_536)}`]),
    );
    expect(status).toBe(431);
    expect(await codeOf('/branches', { 'x-api-key': 'k'.repeat(9000) })).toEqual([
      400,
      'malformed_credentials',
    ]);
    expect((await ask('/open')).body).toEqual({ open: true });
  });

  it('[A18, A19] answers 1,000 malformed requests with a 4xx, and goes on serving', async () => {
    const naughty = (blns as string[]).map((text) =>
      Buffer.from(text)
        .toString('latin1')
        .replace(/[\r\n\0]/g, ' '),
    );
    const header = fc.constantFrom(
      'Authorization',
      'X-Api-Key',
      'Signature',
      'Signature-Input',
      'X-App-Authorization',
      'X-Integrity-Token',
      'X-User-Authorization',
      'Content-Type',
      'Content-Digest',
      'Content-Encoding',
    );
    const value = fc.oneof(
      fc.constantFrom(...naughty),
      fc.string({ maxLength: 60 }).map((text) => text.replace(/[^\x20-\x7e]/g, '~')),
      fc
        .constantFrom('Hawk ', 'key ', 'Bearer ', 'Basic ')
        .chain((scheme) => fc.constantFrom(...naughty).map((text) => scheme + text)),
      fc.constantFrom('sig1=();created=1', 'Hawk id="a", ts="1", nonce="n", mac="m"', '{"__proto__":1}'),
    );
    const requests = fc.sample(
      fc.record({
        headers: fc.array(fc.tuple(header, value), { minLength: 1, maxLength: 4 }),
        body: fc.constantFrom(...naughty, '{"__proto__":{"polluted":1}}'),
        target: fc.constantFrom('/branches', '/signed', '/signed?%ff=%zz', '/signed?__proto__=1'),
      }),
      { numRuns: 1000, seed: 42 },
    );
    const statuses = new Set<number>();
    for (let at = 0; at < requests.length; at += 20) {
      const answers = requests.slice(at, at + 20).map(({ headers, body, target }) => {
        const sent = Buffer.from(body, 'latin1');
        const all = [
          `Host: 127.0.0.1:${host.port}`,
          `Content-Length: ${sent.length}`,
          ...headers.map(([name, text]) => `${name}: ${text}`),
        ];
        return raw(host.port, Buffer.from(lines('POST', target, all, body), 'latin1'));
      });
      for (const { status, text } of await Promise.all(answers)) {
        if (status < 400 || status > 499) throw new Error(`status ${status}: ${text}`);
        statuses.add(status);
      }
    }
    expect(statuses.size).toBeGreaterThan(2);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    expect((await ask('/branches', key)).status).toBe(200);
    for (const line of host.log) expect(line).not.toMatch(/[\r\n]/);
  });

  const bodies: [string, string, string | Uint8Array, unknown][] = [
    ['text', 'text/plain', 'grüße\r\n', 'grüße\r\n'],
    ['octets', 'application/octet-stream', new Uint8Array([0, 255, 13, 10]), { bytes: 'AP8NCg==' }],
    ['JSON', 'application/json', '{"a":[1, 2]}', { a: [1, 2] }],
    ['+json', 'application/merge-patch+json', '{"a":null}', { a: null }],
    ['a form', 'application/x-www-form-urlencoded', 'a=1&b=%20x', { a: '1', b: ' x' }],
    ['an unknown type', 'application/x-unknown', 'x', { bytes: 'eA==' }],
  ];

  it.each(bodies)('hands the handler what was signed: %s', async (_, type, body, seen) => {
    const signed = sign({
      method: 'POST',
      url: `${host.url}/signed`,
      headers: { 'content-type': type },
      body,
    });
    const { url, ...init } = signed;
    const response = await fetch(url, init as RequestInit);
    expect([response.status, await response.json()]).toEqual([201, { seen }]);
  });

  it('hands on nothing where nothing was signed, and takes a chunked body for what it says', async () => {
    const empty = sign({
      method: 'POST',
      url: `${host.url}/signed`,
      headers: { 'content-type': 'application/json' },
    });
    const response = await fetch(empty.url, { method: 'POST', headers: empty.headers });
    expect([response.status, await response.json()]).toEqual([201, { seen: null }]);
    const signed = sign({
      method: 'POST',
      url: `${host.url}/signed`,
      headers: { 'content-type': 'application/json' },
      body: '{"a":1}',
    });
    const all = [
      `Host: 127.0.0.1:${host.port}`,
      ...Object.entries(signed.headers).map(([name, text]) => `${name}: ${text}`),
      'Transfer-Encoding: chunked',
    ];
    const chunked = await raw(host.port, lines('POST', '/signed', all, '3\r\n{"a\r\n4\r\n":1}\r\n0\r\n\r\n'));
    expect(chunked.text).toContain('{"seen":{"a":1}}');
  });

  it('[B01] logs no app id that the registry does not know: it may be a key in the wrong header', async () => {
    const misplaced = noteSecret(`misplaced-${randomBytes(12).toString('hex')}`);
    for (const [name, value] of [
      ['x-api-key', misplaced],
      ['authorization', `key ${misplaced}`],
    ] as const)
      expect(await codeOf('/branches', { [name]: value })).toEqual([401, 'app_key_invalid']);
    const signed = sign({ method: 'GET', url: `${host.url}/signed`, parameters: { keyid: misplaced } });
    expect(await codeOf('/signed', signed.headers)).toEqual([401, 'signature_invalid']);
    await ask('/branches', { 'x-api-key': APP.id });
    const decisions = host.log.map((line) => JSON.parse(line) as { appId?: string; presentedApp?: string });
    expect(host.log.join('')).not.toContain(misplaced);
    expect(decisions.at(-1)).toMatchObject({ appId: APP.id });
    const unknown = decisions.slice(-4, -1).map(({ presentedApp }) => presentedApp);
    expect(unknown).toEqual([expect.stringMatching(/^[0-9a-f]{8}$/), unknown[0], unknown[0]]);
  });

  it('refuses a compressed body where no parser would read it', async () => {
    const headers = ['Host: h', 'Content-Encoding: gzip', 'Content-Length: 3'];
    const { status, code } = await raw(host.port, lines('GET', '/open', headers, 'abc'));
    expect([status, code]).toEqual([415, 'unsupported_media_type']);
  });

  it('hands every pair of a form to the handler', async () => {
    const pairs = Array.from({ length: 1500 }, (_, at) => `k${at}=v`).join('&');
    const signed = sign({
      method: 'POST',
      url: `${host.url}/signed`,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: pairs,
    });
    const { seen } = (await send(signed)).body as { seen: object };
    expect(Object.keys(seen)).toHaveLength(1500);
  });

  it('refuses a compressed body', async () => {
    const signed = sign({
      method: 'POST',
      url: `${host.url}/signed`,
      headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
      body: '{"a":1}',
    });
    const response = await fetch(signed.url, signed as RequestInit);
    expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([
      415,
      'unsupported_media_type',
    ]);
  });
});
