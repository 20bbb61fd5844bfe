import { startBank, type RunningBank } from '../support/bank.js';
import { ADAPTERS } from '../support/host-app.js';
import { noteSecret } from '../support/log-book.js';
import { lines, raw } from '../support/raw.js';
import { newPassword } from '../support/sign-in.js';

const NOBODY = '00000000-0000-4000-8000-000000000000';
const NO_ID = [
  'me',
  '1',
  `{${NOBODY}}`,
  NOBODY.replaceAll('-', ''),
  '%00',
  '%E2%84%AA',
  "'%20OR%201=1--",
  'x'.repeat(300),
];

interface Invalid {
  readonly path: string;
  readonly message: string;
}

describe.each(ADAPTERS)('The administration interface on %s', (adapter) => {
  let bank: RunningBank;
  beforeAll(async () => {
    bank = await startBank(adapter);
  });
  afterAll(() => bank.stop());

  const call = (method: string, path: string, body?: unknown) => bank.admin.call(method, path, body);
  const post = async (path: string, body: unknown) => {
    const answer = await call('POST', path, body);
    return { ...answer, code: answer.body['code'], errors: (answer.body['errors'] ?? []) as Invalid[] };
  };
  const ROUTES = [
    ['GET', '/apps'],
    ['POST', '/apps'],
    ['GET', '/apps/a'],
    ['PATCH', '/apps/a'],
    ['DELETE', '/apps/a'],
    ['POST', '/apps/a/signing-secrets'],
    ['DELETE', '/apps/a/signing-secrets/b'],
    ['POST', '/apps/a/client-secrets'],
    ['DELETE', '/apps/a/client-secrets/b'],
    ['POST', '/apps/a/integrity-secrets'],
    ['DELETE', '/apps/a/integrity-secrets/b'],
    ['GET', '/users'],
    ['POST', '/users'],
    ['GET', '/users/a'],
    ['PATCH', '/users/a'],
    ['DELETE', '/users/a'],
    ['PUT', '/users/a/apps/b'],
    ['DELETE', '/users/a/apps/b'],
    ['GET', `/sessions?userId=${NOBODY}`],
    ['DELETE', `/sessions?userId=${NOBODY}`],
    ['DELETE', '/sessions/a'],
    ['GET', '/resources'],
    ['POST', '/resources'],
    ['GET', '/resources/a'],
    ['PATCH', '/resources/a'],
    ['DELETE', '/resources/a'],
    ['GET', `/consents?userId=${NOBODY}`],
    ['DELETE', `/consents?userId=${NOBODY}&appId=a`],
  ] as const;

  describe('demands its key', () => {
    it.each(ROUTES)('for %s %s', async (method, path) => {
      const wrong = noteSecret('not-the-administration-key');
      for (const authorization of [undefined, `Bearer ${wrong}`, 'key a', `Basic ${btoa('admin:admin')}`]) {
        const answer = await fetch(`${bank.url}/admin${path}`, {
          method,
          headers: authorization === undefined ? {} : { authorization },
        });
        expect(await answer.json()).toMatchObject({ status: 401, code: 'admin_key_invalid' });
        expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
      }
    });

    it('to the letter, and in one header', async () => {
      const key = bank.admin.key;
      const statusWith = async (...headers: string[]) => {
        const { status, code } = await raw(
          bank.port,
          lines('GET', '/admin/apps', [`Host: 127.0.0.1:${bank.port}`, ...headers]),
        );
        return [status, code];
      };
      expect(await statusWith(`Authorization: bearer ${key}`)).toEqual([200, undefined]);
      for (const wrong of [key.slice(0, -1), `${key}A`, key.toLowerCase(), key.toUpperCase(), `${key}=`])
        expect(await statusWith(`Authorization: Bearer ${wrong}`)).toEqual([401, 'admin_key_invalid']);
      expect(await statusWith(`X-Api-Key: ${key}`)).toEqual([401, 'admin_key_invalid']);
      const twice = [400, 'malformed_credentials'];
      expect(await statusWith(`Authorization: Bearer ${key}`, `Authorization: Bearer ${key}`)).toEqual(twice);
      expect(await statusWith(`Authorization: Bearer ${key}`, 'Authorization: Bearer other')).toEqual(twice);
      expect(await statusWith(`Authorization: Bearer ${key} ${key}`)).toEqual(twice);
    });

    it('before it looks at what was sent', async () => {
      const headers = { 'content-type': 'application/json' };
      const answer = await fetch(`${bank.url}/admin/apps`, { method: 'POST', headers, body: '{"scopes":1}' });
      expect(answer.status).toBe(401);
    });
  });

  describe('refuses', () => {
    const app = { name: 'App', clientType: 'public' };
    it.each<[string, string, object, string]>([
      ['no name', '/apps', { clientType: 'public' }, 'name'],
      ['an empty name', '/apps', { ...app, name: '' }, 'name'],
      ['a name with a NUL', '/apps', { ...app, name: 'a\0b' }, 'name'],
      ['a name with a line end', '/apps', { ...app, name: 'a\nb' }, 'name'],
      ['a name with half a surrogate pair', '/apps', { ...app, name: 'a\ud800' }, 'name'],
      ['a type that is none', '/apps', { ...app, clientType: 'root' }, 'clientType'],
      ['an id with a space', '/apps', { ...app, id: 'a b' }, 'id'],
      ['an id with a NUL', '/apps', { ...app, id: 'a\0' }, 'id'],
      ['an id outside of ASCII', '/apps', { ...app, id: '\u212a' }, 'id'],
      ['an id that is too long', '/apps', { ...app, id: 'a'.repeat(129) }, 'id'],
      ['a scope with a space', '/apps', { ...app, scopes: ['ok', 'a b'] }, 'scopes.1'],
      ['a scope with a quote', '/apps', { ...app, scopes: ['a"'] }, 'scopes.0'],
      ['a scope with a NUL', '/apps', { ...app, scopes: ['a\0'] }, 'scopes.0'],
      ['a scope with a line end', '/apps', { ...app, scopes: ['a\r\nX: y'] }, 'scopes.0'],
      ['scopes that are no list', '/apps', { ...app, scopes: 'all' }, 'scopes'],
      ['more scopes than anybody needs', '/apps', { ...app, scopes: Array(201).fill('a') }, 'scopes'],
      ['a grant that nobody knows', '/apps', { ...app, grantTypes: ['magic'] }, 'grantTypes.0'],
      ['a redirect with a fragment', '/apps', { ...app, redirectUris: ['https://a/#b'] }, 'redirectUris.0'],
      ['a redirect with a wildcard', '/apps', { ...app, redirectUris: ['https://*.a/'] }, 'redirectUris.0'],
      ['a redirect that is a path', '/apps', { ...app, redirectUris: ['/a'] }, 'redirectUris.0'],
      [
        'what runs in a browser',
        '/apps',
        { ...app, redirectUris: ['javascript:alert(1)'] },
        'redirectUris.0',
      ],
      [
        'a redirect that hides it',
        '/apps',
        { ...app, redirectUris: ['\u0001javascript:alert(1)'] },
        'redirectUris.0',
      ],
      ['a redirect with a NUL', '/apps', { ...app, redirectUris: ['https://a/\0'] }, 'redirectUris.0'],
      ['a resource with a NUL', '/apps', { ...app, resources: ['https://a/\0'] }, 'resources.0'],
      ['a resource with half a pair', '/apps', { ...app, resources: ['https://a/\ud800'] }, 'resources.0'],
      ['a tier with a NUL', '/apps', { ...app, tier: 'a\0' }, 'tier'],
      ['signing that is no boolean', '/apps', { ...app, signing: 'yes' }, 'signing'],
      ['a member that nobody knows', '/apps', { ...app, suspended: true }, ''],
      ['a member with a bad name', '/apps', { ...app, ['__proto__x']: {} }, ''],
      ['a list', '/apps', [app], ''],
      ['a short password', '/users', { username: 'u', password: 'short' }, 'password'],
      ['a long password', '/users', { username: 'u', password: 'x'.repeat(1025) }, 'password'],
      [
        'a password that Basic cannot carry',
        '/users',
        { username: 'u', password: 'pass\u0007word' },
        'password',
      ],
      ['a password that is no text', '/users', { username: 'u', password: 'password\ud800' }, 'password'],
      ['a username with a NUL', '/users', { username: 'a\0b', password: 'password' }, 'username'],
      ['a username with a colon', '/users', { username: 'a:b', password: 'password' }, 'username'],
      ['a username with a space', '/users', { username: 'a b', password: 'password' }, 'username'],
      ['a username that shows nothing', '/users', { username: 'a\u200b', password: 'password' }, 'username'],
      ['an empty username', '/users', { username: '', password: 'password' }, 'username'],
      ['a long username', '/users', { username: 'a'.repeat(65), password: 'password' }, 'username'],
      ['a username that is no text', '/users', { username: {}, password: 'password' }, 'username'],
    ])('%s', async (_, path, body, member) => {
      const { status, code, errors } = await post(path, body);
      expect([status, code]).toEqual([422, 'validation_failed']);
      expect(errors.map((error) => error.path)).toEqual([member]);
    });

    it('everything that is wrong at once, and repeats no value', async () => {
      const password = newPassword().slice(0, 7);
      const answer = await post('/users', { username: 5, password, scopes: ['a b'], more: 1 });
      expect(answer.errors.map(({ path }) => path).toSorted()).toEqual([
        '',
        'password',
        'scopes.0',
        'username',
      ]);
      const secret = noteSecret('c2VjcmV0LXRoYXQtaXMtdG9vLXNob3J0');
      const { id } = (await post('/apps', app)).body;
      const short = await post(`/apps/${id}/integrity-secrets`, { secret });
      expect(short.errors).toEqual([{ path: 'secret', message: 'expected base64 of at least 32 bytes' }]);
      expect(JSON.stringify(answer.body)).not.toContain(password);
      expect(JSON.stringify(short.body)).not.toContain(secret);
    });

    it.each<[string, string, string, number, string]>([
      ['what is not JSON', 'application/json', '{"name":', 400, 'malformed_request'],
      ['what is not UTF-8', 'application/json', '{"name":"\xff"}', 400, 'malformed_request'],
      ['a prototype', 'application/json', '{"__proto__":{"admin":true}}', 400, 'malformed_request'],
      ['a form', 'application/x-www-form-urlencoded', 'name=App', 422, 'validation_failed'],
      ['text', 'text/plain', '{"name":"App","clientType":"public"}', 422, 'validation_failed'],
      [
        'what is larger than a mebibyte',
        'application/json',
        `"${'x'.repeat(1_048_576)}"`,
        413,
        'body_too_large',
      ],
    ])('%s', async (_, type, body, status, code) => {
      const answer = await fetch(`${bank.url}/admin/apps`, {
        method: 'POST',
        headers: { authorization: `Bearer ${bank.admin.key}`, 'content-type': type },
        body: Buffer.from(body, 'latin1'),
      });
      expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([status, code]);
      expect(({} as { admin?: unknown }).admin).toBeUndefined();
    });

    it.each(['GET', 'PATCH', 'DELETE'])('to %s what has no such id', async (method) => {
      const body = method === 'PATCH' ? {} : undefined;
      for (const id of [NOBODY, ...NO_ID])
        for (const path of [`/users/${id}`, `/apps/${id}`])
          expect([path, (await call(method, path, body)).status]).toEqual([path, 404]);
    });

    it('to touch secrets, limits and sessions that do not exist', async () => {
      const { id } = (await post('/apps', app)).body;
      for (const none of [NOBODY, ...NO_ID]) {
        for (const kind of ['signing', 'client', 'integrity']) {
          expect((await call('DELETE', `/apps/${id}/${kind}-secrets/${none}`)).status).toBe(404);
          expect((await call('POST', `/apps/${none}/${kind}-secrets`, {})).status).toBe(404);
        }
        expect((await call('PUT', `/users/${none}/apps/${id}`, { scopes: [] })).status).toBe(404);
        expect((await call('DELETE', `/users/${none}/apps/${id}`)).status).toBe(404);
        expect((await call('DELETE', `/sessions/${none}`)).status).toBe(404);
      }
    });

    it('to list or end the sessions of nobody in particular', async () => {
      for (const query of [
        '',
        '?userId=',
        '?userId=me',
        '?userId=%00',
        `?userId=${'x'.repeat(257)}`,
        `?userId=${NOBODY}&userId=${NOBODY}`,
        `?userid=${NOBODY}`,
      ])
        for (const method of ['GET', 'DELETE'])
          expect([query, (await call(method, `/sessions${query}`)).status]).toEqual([query, 422]);
    });
  });
});
