import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import Hawk from 'hawk';
import { AdminClient, type Customer } from '../support/admin-client.js';
import { startBank, type RunningBank } from '../support/bank.js';
import { ADAPTERS } from '../support/host-app.js';
import { KeptConnection } from '../support/kept-connection.js';
import { noteSecret } from '../support/log-book.js';
import { lines, raw } from '../support/raw.js';
import { sign } from '../support/sign.js';
import { basicOf } from '../support/sign-in.js';

interface Operation {
  readonly 'x-portcullis'?: { readonly layers: readonly string[] };
}
type Headers = Readonly<Record<string, string>>;

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

/** Ways in which one path has been written past a guard that was bound to another. */
function spellingsOf(path: string): string[] {
  const first = path.charAt(1);
  const code = first.charCodeAt(0).toString(16);
  const [, head = '', ...rest] = path.split('/');
  const tail = rest.length > 0 ? `/${rest.join('/')}` : '';
  return [
    `/%${code}${path.slice(2)}`,
    `/%${code.toUpperCase()}${path.slice(2)}`,
    `/%25${code}${path.slice(2)}`,
    `/${first.toUpperCase()}${path.slice(2)}`,
    path.toUpperCase(),
    `/${path}`,
    `//${path}`,
    `/.${path}`,
    `/..${path}`,
    `/x/..${path}`,
    `/%2e${path}`,
    `/%2e%2e${path}`,
    `/x/%2e%2e${path}`,
    `/;${path}`,
    `/;x=1${path}`,
    `/${head};x=1${tail}`,
    `${path};x=1`,
    `${path};`,
    `${path}/`,
    `${path}//`,
    `${path}/.`,
    `${path}/..${tail === '' ? path : tail}`,
    `${path}%2f`,
    `${path}%2F`,
    `/${head}%2f${rest.join('%2f')}`,
    `${path}%00`,
    `${path}%0a`,
    `${path}%20`,
    `${path}%3f`,
    `${path}%23`,
    `${path}?`,
    `${path}?x`,
    `${path}??`,
    `${path}.json`,
    `${path}\\`,
    path.replaceAll('/', '\\'),
    `/health/live/..${path}`,
    `/docs/..${path}`,
    `/docs/%2e%2e${path}`,
    `/docs;${path}`,
    `/health/..;${path}`,
    `http://127.0.0.1${path}`,
    `http://evil.example${path}`,
  ];
}

describe.each(ADAPTERS)('The edge of the bank on %s', (adapter) => {
  const adminKey = noteSecret(randomBytes(32).toString('base64url'));
  let bank: RunningBank;
  let ann: Customer;
  let ben: Customer;
  let guest: { username: string; password: string };

  beforeAll(async () => {
    bank = await startBank(adapter, { PORTCULLIS_ADMIN_KEY: adminKey });
    const admin = new AdminClient(bank.url, adminKey);
    const app = await admin.newApp();
    ann = await admin.newCustomer(app);
    ben = await admin.newCustomer(app);
    guest = await admin.newUser();
  });
  afterAll(() => bank.stop());

  const ask = async (method: string, path: string, headers: Headers, body?: string) => {
    const init = { method, headers, ...(body !== undefined && { body }) };
    const response = await fetch(bank.url + path, init);
    const text = await response.text();
    const { code } = (text.startsWith('{') ? JSON.parse(text) : {}) as { code?: string };
    return { status: response.status, code, text };
  };
  const codeOf = async (...call: Parameters<typeof ask>) => {
    const { status, code } = await ask(...call);
    return [status, code];
  };
  const key = (): Headers => ({ 'x-api-key': ann.client.parts.appId });
  const user = (): Headers => ({ ...key(), authorization: `Bearer ${ann.client.session}` });
  const genuine = (): Headers => ({ ...user(), 'x-integrity-token': ann.client.integrityToken() });
  const order = (more: object = {}) => ({
    from: ann.account,
    to: ben.account,
    amountMinor: 1,
    currency: 'EUR',
    ...more,
  });
  const served = async () => expect(await codeOf('GET', '/branches', key())).toEqual([200, undefined]);

  describe('[A06] a name with underscores', () => {
    const underscored = (headers: Headers): Headers =>
      Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.replaceAll('-', '_'), value]));

    it('is no credential', async () => {
      expect(await codeOf('GET', '/branches', underscored(key()))).toEqual([401, 'app_key_missing']);
      const { 'x-integrity-token': token = '', ...rest } = genuine();
      expect(await codeOf('GET', '/accounts', { ...rest, x_integrity_token: token })).toEqual([
        401,
        'integrity_token_missing',
      ]);
      const basic = underscored({ 'x-user-authorization': basicOf(guest) });
      expect(await codeOf('POST', '/sessions', { ...key(), ...basic })).toEqual([401, 'user_token_missing']);
      const { init } = ann.client.prepare('POST', '/transfers', { signature: 'hawk', body: order() });
      const { 'x-app-authorization': hawk = '', ...others } = init.headers;
      const sent = { ...others, ...key(), x_app_authorization: hawk };
      expect(await codeOf('POST', '/transfers', sent, init.body)).toEqual([401, 'signature_missing']);
    });

    it('is nothing beside the real one: neither a second credential nor another value', async () => {
      const twins = underscored({
        'x-api-key': 'nobody',
        'x-integrity-token': 'x',
        'x-user-authorization': 'x',
      });
      expect(await codeOf('GET', '/accounts', { ...genuine(), ...twins })).toEqual([200, undefined]);
      const good = underscored(key());
      expect(await codeOf('GET', '/branches', { 'x-api-key': 'nobody', ...good })).toEqual([
        401,
        'app_key_invalid',
      ]);
    });

    it('moves nobody to another address, host or scheme', async () => {
      const at = bank.log.length;
      const forged = {
        X_Forwarded_For: '198.51.100.7',
        X_Forwarded_Host: 'evil.example',
        X_Forwarded_Proto: 'https',
      };
      const { url, init } = ann.client.prepare('GET', '/branches/signed');
      expect((await fetch(url, { ...init, headers: { ...init.headers, ...forged } })).status).toBe(200);
      const logged = bank.log.slice(at).join('');
      expect(logged).toContain('"peerAddress":"127.0.0.1"');
      expect(logged).not.toContain('198.51.100.7');
    });
  });

  it('[A18] takes from a proxy nothing for an address that is none', async () => {
    const entries: [string, string][] = [
      ['198.51.100.7', '198.51.100.7'],
      ['198.51.100.7:4711', '198.51.100.7'],
      ['2001:db8::7', '2001:db8::7'],
      ['[2001:db8::7]:4711', '2001:db8::7'],
      ['::ffff:198.51.100.7', '198.51.100.7'],
      ['203.0.113.1, 198.51.100.7', '198.51.100.7'],
      ['198.51.100.7, 127.0.0.1', '198.51.100.7'],
      ['unknown', '127.0.0.1'],
      ['198.51.100.7, unknown', '127.0.0.1'],
      ['\x9b2J', '127.0.0.1'],
      ['<script>', '127.0.0.1'],
      ['198.51.100', '127.0.0.1'],
    ];
    for (const [header, expected] of entries) {
      const at = bank.log.length;
      await codeOf('GET', '/branches', { 'x-forwarded-for': header });
      const [line = '{}'] = bank.log.slice(at);
      expect([header, JSON.parse(line).peerAddress]).toEqual([header, expected]);
    }
  });

  it('[A12] decides for every spelling of every route as for the route itself', async () => {
    const { paths } = (await (await fetch(`${bank.url}/docs-json`)).json()) as {
      paths: Record<string, Record<string, Operation>>;
    };
    const routes = Object.entries(paths).flatMap(([path, operations]) =>
      METHODS.filter((method) => operations[method])
        .filter(() => !/^\/(?:health|oauth\/jwks|\.well-known)/.test(path))
        .map((method) => [method.toUpperCase(), path.replaceAll(/\{\w+\}/g, randomUUID())] as const),
    );
    expect(routes.length).toBeGreaterThan(30);
    const connection = new KeptConnection(bank.port);
    const host = ['Host', `127.0.0.1:${bank.port}`] as const;
    // Nobody, and somebody whose credentials are right and too few: an app where a user or an administrator is asked for.
    for (const [method, path] of routes) {
      const callers = path === '/branches' || path === '/sessions' ? [[]] : [[], Object.entries(key())];
      // RFC 6749 §4.1.2.1, §5.2: what says nothing is malformed, whoever sends it.
      const refused = path.startsWith('/oauth/') ? 400 : 401;
      for (const headers of callers) {
        const plain = await connection.ask({ method, target: path, headers: [host, ...headers] });
        expect([method, path, plain.status]).toEqual([method, path, refused]);
        for (const target of spellingsOf(path)) {
          const { status, code } = await connection.ask({ method, target, headers: [host, ...headers] });
          const isSame = status === refused && code === plain.code;
          // Or there is no such route, or none by this method: no handler ran either way.
          expect([method, target, status, isSame || [400, 404, 405].includes(status)]).toEqual([
            method,
            target,
            status,
            true,
          ]);
        }
      }
    }
    connection.close();
  });

  it.each([8, 16, 64])(
    '[A14] refuses %i KiB of a header, a target or cookies, or takes no notice',
    async (kib) => {
      const long = 'k'.repeat(kib * 1024);
      const host = `Host: 127.0.0.1:${bank.port}`;
      const before = bank.log.length;
      const asked = async (target: string, header: string) => {
        const { status, code, text } = await raw(bank.port, lines('GET', target, [host, header]));
        expect(text).not.toContain(long.slice(0, 100));
        if (status === 431) expect(code).toBe('headers_too_large');
        if (status === 414) expect(code).toBe('uri_too_long');
        return status;
      };
      const refused = kib === 8 ? [400, 401] : [431];
      for (const name of ['X-Api-Key', 'Authorization', 'X-Integrity-Token', 'Signature-Input'])
        expect(refused).toContain(await asked('/branches', `${name}: ${long}`));
      expect(refused).toContain(await asked('/branches', `Authorization: Hawk ext="${long}"`));
      for (const target of [`/branches?x=${long}`, `/${long}`])
        expect(await asked(target, 'X: y')).toBe(kib === 8 ? 414 : 431);
      expect(kib === 8 ? 401 : 431).toBe(await asked('/branches', `Cookie: a=${long}`));
      expect(bank.log.slice(before).join('')).not.toContain(long.slice(0, 100));
      await served();
    },
  );

  it('[B01] refuses a key of 1 MiB, and does not log it', async () => {
    const before = bank.log.length;
    const long = 'k'.repeat(1_048_576);
    const { status } = await raw(
      bank.port,
      lines('GET', '/branches', [`Host: 127.0.0.1:${bank.port}`, `X-Api-Key: ${long}`]),
    ).catch(() => ({ status: 431 }));
    // The server may have closed before everything was sent, and its answer be lost.
    expect([431, 0]).toContain(status);
    expect(bank.log.slice(before).join('')).not.toContain('kkkkkkkk');
    await served();
  });

  describe('[B04] a secret of another length', () => {
    const lengths = (good: string) => [
      '',
      'x',
      good.slice(0, -1),
      `${good}x`,
      good.repeat(2),
      'x'.repeat(4_000),
    ];

    it('is a wrong administration key', async () => {
      for (const wrong of lengths(adminKey).filter((text) => text !== ''))
        expect(await codeOf('GET', '/admin/apps', { authorization: `Bearer ${wrong}` })).toEqual([
          401,
          'admin_key_invalid',
        ]);
    });

    it('is a wrong session key, integrity token and password', async () => {
      const [id = '', secret = ''] = (ann.client.session as string).split('.');
      for (const wrong of lengths(secret))
        expect(
          await codeOf('GET', '/sessions', { ...key(), authorization: `Bearer ${id}.${wrong}` }),
        ).toEqual([401, 'user_token_invalid']);
      const token = ann.client.integrityToken();
      const at = token.lastIndexOf('.') + 1;
      for (const wrong of lengths(token.slice(at)))
        expect(
          await codeOf('GET', '/accounts', { ...user(), 'x-integrity-token': token.slice(0, at) + wrong }),
        ).toEqual([401, 'integrity_token_invalid']);
      for (const password of ['', 'x', `${guest.password}x`, 'x'.repeat(2_000)])
        expect(
          await codeOf('POST', '/sessions', {
            ...key(),
            'x-user-authorization': basicOf({ ...guest, password }),
            'x-forwarded-for': `203.0.113.${password.length % 251}`,
          }),
        ).toEqual([401, 'user_token_invalid']);
    });

    it('is a wrong signature', async () => {
      const { init } = ann.client.prepare('GET', '/branches/signed');
      const mac = /:(.*):/.exec(init.headers['signature'] as string)?.[1] as string;
      const bytes = Buffer.from(mac, 'base64');
      const wrong = [
        Buffer.alloc(0),
        bytes.subarray(0, 1),
        bytes.subarray(0, 31),
        Buffer.concat([bytes, bytes]),
      ];
      for (const other of wrong) {
        const headers = { ...init.headers, signature: `sig1=:${other.toString('base64')}:` };
        expect(await codeOf('GET', '/branches/signed', headers)).toEqual([401, 'signature_invalid']);
      }
      expect(await codeOf('GET', '/branches/signed', init.headers)).toEqual([200, undefined]);
    });
  });

  describe('[A17] what is named twice', () => {
    const tokenOf = (header: string, payload: string) => {
      const input = [header, payload].map((part) => Buffer.from(part).toString('base64url')).join('.');
      const secret = Buffer.from(ann.client.parts.integritySecret, 'base64');
      return noteSecret(`${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`);
    };

    it('makes a token malformed, in its header and in its claims, at any depth', async () => {
      const header = '"alg":"HS256","typ":"integrity+jwt"';
      const { appId } = ann.client.parts;
      const now = Math.floor(Date.now() / 1000);
      const claims = `"sub":"${appId}","iat":${now},"exp":${now + 300},"jti":"${randomUUID()}"`;
      const asked = (one: string, other: string) =>
        codeOf('GET', '/accounts', { ...user(), 'x-integrity-token': tokenOf(`{${one}}`, `{${other}}`) });
      expect(await asked(header, claims)).toEqual([200, undefined]);
      const invalid = [401, 'integrity_token_invalid'];
      for (const again of ['"alg":"HS256"', '"alg":"none"', '"\\u0061lg":"HS256"', '"kid":"a","kid":"a"'])
        expect(await asked(`${header},${again}`, claims)).toEqual(invalid);
      for (const again of [
        `"sub":"${appId}"`,
        '"sub":"other"',
        `"e\\u0078p":${now + 9e9}`,
        '"a":{"b":1,"b":2}',
      ])
        expect(await asked(header, `${claims},${again}`)).toEqual(invalid);
    });

    it('is the last one in a body, and two in a query or a form', async () => {
      const body = JSON.stringify({ name: 'One', clientType: 'public' }).replace('}', ',"name":"Other"}');
      const admin = { authorization: `Bearer ${adminKey}` };
      const json = { ...admin, 'content-type': 'application/json' };
      const { status, text } = await ask('POST', '/admin/apps', json, body);
      expect([status, (JSON.parse(text) as { name: string }).name]).toEqual([201, 'Other']);
      const id = randomUUID();
      expect(await codeOf('GET', `/admin/sessions?userId=${id}`, admin)).toEqual([200, undefined]);
      expect(await codeOf('GET', `/admin/sessions?userId=${id}&userId=${id}`, admin)).toEqual([
        422,
        'validation_failed',
      ]);
      const form = { ...admin, 'content-type': 'application/x-www-form-urlencoded' };
      expect(await codeOf('POST', '/admin/apps', form, 'name=a&name=b&clientType=public')).toEqual([
        422,
        'validation_failed',
      ]);
    });
  });

  describe('[C01] a signed body', () => {
    const text = '{"from":"FROM","to":"TO","amountMinor":1,\r\n"currency":"EUR","reference":"Grüße"}';
    const bodyOf = () => text.replace('FROM', ann.account).replace('TO', ben.account);
    const variants: [string, (body: string) => Buffer, string?][] = [
      ['written again by a proxy', (body) => Buffer.from(JSON.stringify(JSON.parse(body)))],
      ['with spaces', (body) => Buffer.from(JSON.stringify(JSON.parse(body), null, 1))],
      [
        'in another order',
        (body) =>
          Buffer.from(JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(body)).toReversed()))),
      ],
      ['with LF for CRLF', (body) => Buffer.from(body.replaceAll('\r\n', '\n'))],
      ['with a line more', (body) => Buffer.from(`${body}\n`)],
      ['with a byte order mark', (body) => Buffer.from(`\ufeff${body}`)],
      ['in UTF-16', (body) => Buffer.from(body, 'utf16le'), 'application/json; charset=utf-16le'],
      ['in Latin-1', (body) => Buffer.from(body, 'latin1'), 'application/json; charset=iso-8859-1'],
      ['escaped', (body) => Buffer.from(body.replace('ü', '\\u00fc'))],
      ['decomposed', (body) => Buffer.from(body.normalize('NFD'))],
      ['under another charset', (body) => Buffer.from(body), 'application/json; charset=iso-8859-1'],
      ['under no content type', (body) => Buffer.from(body), ''],
      ['as text', (body) => Buffer.from(body), 'text/plain'],
    ];

    const signedHeaders = (scheme: 'rfc9421' | 'hawk', body: string) => {
      const { appId, signingSecret: secret } = ann.client.parts;
      const call = { method: 'POST', url: `${bank.url}/transfers` };
      const { 'x-api-key': _, ...others } = genuine();
      const headers = { ...others, 'content-type': 'application/json' };
      if (scheme === 'rfc9421')
        return sign({ ...call, headers, body, secret, parameters: { keyid: appId } }).headers;
      const { header } = Hawk.client.header(call.url, call.method, {
        credentials: { id: appId, key: secret, algorithm: 'sha256' },
        payload: body,
        contentType: 'application/json',
      });
      return { ...headers, 'x-app-authorization': header };
    };

    it.each(['rfc9421', 'hawk'] as const)('by %s is refused in every other form', async (signature) => {
      const balance = async () => (await ask('GET', '/accounts', genuine())).text;
      const before = await balance();
      const connection = new KeptConnection(bank.port);
      const send = (body: string, change: (body: string) => Buffer, type?: string) => {
        const changed = change(body);
        const all: Record<string, string> = {
          host: `127.0.0.1:${bank.port}`,
          ...signedHeaders(signature, body),
          ...(type !== undefined && { 'content-type': type }),
          'content-length': String(changed.length),
        };
        const headers = Object.entries(all).filter(([, value]) => value !== '');
        return connection.ask({ method: 'POST', target: '/transfers', headers, body: changed });
      };
      for (const [what, change, type] of variants) {
        const { status } = await send(bodyOf(), change, type);
        expect([what, status, [400, 401, 415].includes(status)]).toEqual([what, status, true]);
      }
      expect(await balance()).toBe(before);
      expect((await send(bodyOf(), (body) => Buffer.from(body))).status).toBe(201);
      connection.close();
    });
  });

  describe('[C08] a device that lives in another year', () => {
    const YEARS = { 1970: 86_400, 2040: 2_208_988_800 };

    it.each(Object.entries(YEARS))(
      '%s is refused as stale, told the time by who shares the secret, and does nothing',
      async (_, seconds) => {
        const aheadSeconds = seconds - Math.floor(Date.now() / 1000);
        const { status, code, headers } = await ann.client.call('POST', '/transfers', {
          body: order(),
          aheadSeconds,
        });
        expect([status, code]).toEqual([401, 'signature_stale']);
        const [, ts = '', tsm] =
          /^Hawk ts="(\d+)", tsm="([^"]+)"/.exec(headers.get('www-authenticate') ?? '') ?? [];
        expect(Math.abs(Number(ts) - Date.now() / 1000)).toBeLessThan(5);
        const mac = createHmac('sha256', ann.client.parts.signingSecret).update(`hawk.1.ts\n${ts}\n`);
        expect(tsm).toBe(mac.digest('base64'));
        const beyond = ann.client.prepare('POST', '/transfers', { body: order(), aheadSeconds });
        beyond.init.headers['signature'] = 'sig1=:AAAA:';
        expect(await codeOf('POST', '/transfers', beyond.init.headers, beyond.init.body)).toEqual([
          401,
          'signature_invalid',
        ]);
      },
    );
  });
});
