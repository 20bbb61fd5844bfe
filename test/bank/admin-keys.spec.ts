import { setTimeout as delay } from 'node:timers/promises';
import { Clock } from '@portcullis/nest';
import { AdminClient } from '../support/admin-client.js';
import { BankCluster } from '../support/bank-cluster.js';
import { startBank, type RunningBank } from '../support/bank.js';
import { ADAPTERS } from '../support/host-app.js';
import { noteSecret } from '../support/log-book.js';
import { describeWithOwnRedis } from '../support/own-redis-server.js';

/** Every operation, and the scope that it demands. */
const SCOPE_OF: Record<string, string> = {
  'POST /admin/apps': 'apps:write',
  'GET /admin/apps': 'apps:read',
  'GET /admin/apps/:id': 'apps:read',
  'PATCH /admin/apps/:id': 'apps:write',
  'DELETE /admin/apps/:id': 'apps:write',
  'POST /admin/apps/:id/signing-secrets': 'secrets:write',
  'POST /admin/apps/:id/client-secrets': 'secrets:write',
  'POST /admin/apps/:id/integrity-secrets': 'secrets:write',
  'DELETE /admin/apps/:id/signing-secrets/:secretId': 'secrets:write',
  'DELETE /admin/apps/:id/client-secrets/:secretId': 'secrets:write',
  'DELETE /admin/apps/:id/integrity-secrets/:secretId': 'secrets:write',
  'POST /admin/users': 'users:write',
  'GET /admin/users': 'users:read',
  'GET /admin/users/:id': 'users:read',
  'PATCH /admin/users/:id': 'users:write',
  'DELETE /admin/users/:id': 'users:write',
  'PUT /admin/users/:id/apps/:appId': 'users:write',
  'DELETE /admin/users/:id/apps/:appId': 'users:write',
  'GET /admin/sessions': 'sessions:read',
  'DELETE /admin/sessions/:id': 'sessions:write',
  'DELETE /admin/sessions': 'sessions:write',
  'GET /admin/resources': 'resources:read',
  'POST /admin/resources': 'resources:write',
  'GET /admin/resources/:identifier': 'resources:read',
  'PATCH /admin/resources/:identifier': 'resources:write',
  'DELETE /admin/resources/:identifier': 'resources:write',
  'GET /admin/consents': 'consents:read',
  'DELETE /admin/consents': 'consents:write',
  'POST /admin/revocations': 'revocations:write',
  'GET /admin/revocations': 'revocations:read',
  'GET /admin/signing-keys': 'signing-keys:read',
  'POST /admin/signing-keys': 'signing-keys:write',
  'DELETE /admin/signing-keys/:kid': 'signing-keys:write',
  'POST /admin/keys': 'keys:write',
  'GET /admin/keys': 'keys:read',
  'DELETE /admin/keys/:id': 'keys:write',
  'GET /admin/audit': 'audit:read',
};
const DOCTOR = ['GET /admin/doctor', 'doctor:read'] as const;
const SCOPES = [...new Set(Object.values(SCOPE_OF)), DOCTOR[1]];
const NOBODY = '00000000-0000-4000-8000-000000000000';
/** It takes milliseconds, where nothing else keeps the machine busy. */
const PATIENCE_MS = 10_000;

interface Described {
  readonly paths: Record<string, Record<string, { 'x-portcullis': { adminScope?: string } }>>;
}

type MadeKey = { readonly id: string; readonly key: string; readonly client: AdminClient };

async function makeKey(maker: AdminClient, scopes: readonly string[], rest: object = {}): Promise<MadeKey> {
  const { status, body } = await maker.call('POST', '/keys', { name: 'Key', scopes, ...rest });
  if (status !== 201) throw new Error(`key: ${status} ${JSON.stringify(body)}`);
  const key = noteSecret(body['key'] as string);
  return { id: body.id, key, client: new AdminClient(maker.url, key) };
}

describe.each(ADAPTERS)('Administration keys on %s', (adapter) => {
  let bank: RunningBank;
  beforeAll(async () => {
    bank = await startBank(adapter);
  });
  afterAll(() => bank.stop());

  const call = (method: string, path: string, body?: unknown) => bank.admin.call(method, path, body);
  const keyWith = (scopes: readonly string[], rest?: object) => makeKey(bank.admin, scopes, rest);
  const answerTo = async (key: string, path = '/admin/apps') => {
    const answer = await fetch(bank.url + path, { headers: { authorization: `Bearer ${key}` } });
    const { requestId: _, ...body } = (await answer.json()) as Record<string, unknown>;
    return { status: answer.status, challenge: answer.headers.get('www-authenticate'), body };
  };
  const INVALID = {
    status: 401,
    challenge: 'Bearer',
    body: {
      type: 'urn:portcullis:problem:admin_key_invalid',
      title: expect.any(String),
      status: 401,
      code: 'admin_key_invalid',
      detail: expect.any(String),
    },
  };

  it('are made with a name, scopes and an end, and shown once', async () => {
    const before = Date.now();
    const answer = await fetch(`${bank.url}/admin/keys`, {
      method: 'POST',
      headers: { authorization: `Bearer ${bank.admin.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'Deploy', scopes: ['apps:read', 'apps:write', 'apps:read'] }),
    });
    const made = (await answer.json()) as Record<string, string>;
    noteSecret(made['key'] as string);
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([201, 'no-store']);
    expect(made).toEqual({
      id: expect.stringMatching(/^[\w-]{22}$/),
      name: 'Deploy',
      scopes: ['apps:read', 'apps:write'],
      createdAt: expect.any(String),
      expiresAt: expect.any(String),
      key: expect.stringMatching(/^[\w-]{22}\.[\w-]{43}$/),
    });
    const lifeMs = Date.parse(made['expiresAt'] as string) - Date.parse(made['createdAt'] as string);
    expect(lifeMs).toBe(90 * 86_400_000);
    expect(Date.parse(made['createdAt'] as string)).toBeGreaterThanOrEqual(before);
    const { key, ...listed } = made;
    const list = await call('GET', '/keys');
    expect(list.body).toContainEqual(listed);
    expect(JSON.stringify(list.body)).not.toContain((key as string).split('.')[1]);
    expect(JSON.stringify(list.body)).not.toMatch(/hash/i);
  });

  it.each<[string, object, string]>([
    ['no name', { name: undefined }, 'name'],
    ['an empty name', { name: '' }, 'name'],
    ['a name with a line end', { name: 'a\nb' }, 'name'],
    ['no scope', { scopes: [] }, 'scopes'],
    ['scopes that are left out', { scopes: undefined }, 'scopes'],
    ['a scope that there is not', { scopes: ['apps:read', 'apps:*'] }, 'scopes.1'],
    ['all scopes at once', { scopes: ['*'] }, 'scopes.0'],
    ['a life of no time', { expiresInSeconds: 0 }, 'expiresInSeconds'],
    ['a life before now', { expiresInSeconds: -1 }, 'expiresInSeconds'],
    ['a life for ever', { expiresInSeconds: 366 * 86_400 + 1 }, 'expiresInSeconds'],
    ['a life that is no number', { expiresInSeconds: '90' }, 'expiresInSeconds'],
    ['an id of its own', { id: 'root-key' }, ''],
  ])('are not made with %s', async (_, given, member) => {
    const { status, body } = await call('POST', '/keys', { name: 'Key', scopes: ['apps:read'], ...given });
    const errors = body['errors'] as { path: string }[];
    expect([status, errors.map(({ path }) => path)]).toEqual([422, [member]]);
  });

  describe('open', () => {
    let routes: string[];
    beforeAll(async () => {
      const document = (await (await fetch(`${bank.url}/docs-json`)).json()) as Described;
      const scopes = Object.entries(document.paths)
        .filter(([path]) => path.startsWith('/admin/'))
        .flatMap(([path, item]) =>
          Object.entries(item).map(
            ([method, operation]) =>
              [
                `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`,
                operation['x-portcullis'].adminScope,
              ] as const,
          ),
        );
      routes = scopes.map(([route]) => route).filter((route) => route !== DOCTOR[0]);
      const described = Object.fromEntries(scopes);
      expect({ [DOCTOR[0]]: DOCTOR[1], ...described }).toEqual({ ...SCOPE_OF, [DOCTOR[0]]: DOCTOR[1] });
    });

    const perform = (client: AdminClient, route: string) => {
      const [method = '', path = ''] = route.replace('/admin', '').replace(/:\w+/g, NOBODY).split(' ');
      const query = path === '/sessions' ? `?userId=${NOBODY}` : '';
      return client.call(method, path + query, method.startsWith('P') ? {} : undefined);
    };

    it.each(Object.entries(SCOPE_OF))('%s with %s alone, and with nothing less', async (route, scope) => {
      expect(routes).toContain(route);
      const exact = await keyWith([scope]);
      const { status } = await perform(exact.client, route);
      expect([route, [200, 201, 204, 404, 422].includes(status)]).toEqual([route, true]);
      const others = await keyWith(SCOPES.filter((other) => other !== scope));
      const refused = await perform(others.client, route);
      expect([refused.status, refused.body['code'], refused.body['scope']]).toEqual([
        403,
        'insufficient_scope',
        scope,
      ]);
    });

    it('nothing but the administration', async () => {
      const { key } = await keyWith(SCOPES);
      const headers = { authorization: `Bearer ${key}` };
      expect((await fetch(`${bank.url}/accounts`, { headers })).status).toBe(401);
      expect((await fetch(`${bank.url}/admin/apps`, { headers: { 'x-api-key': key } })).status).toBe(401);
    });

    it('their operations with a 403 that names the scope in the challenge as well', async () => {
      const { key } = await keyWith(['users:read']);
      expect(await answerTo(key)).toMatchObject({
        status: 403,
        challenge: 'Bearer error="insufficient_scope", scope="apps:read"',
      });
    });
  });

  describe('are refused alike', () => {
    it('when they are malformed, unknown, of another secret, expired or revoked', async () => {
      // A machine that is busy takes a second for nothing: time passes when it is told to.
      const startedAt = Date.now();
      const time = jest.spyOn(bank.app.get(Clock, { strict: false }), 'now').mockReturnValue(startedAt);
      const [known, revoked, expired] = [
        await keyWith(['apps:read']),
        await keyWith(['apps:read']),
        await keyWith(['apps:read'], { expiresInSeconds: 1 }),
      ];
      for (const { key } of [known, revoked, expired]) expect((await answerTo(key)).status).toBe(200);
      await call('DELETE', `/keys/${revoked.id}`);
      time.mockReturnValue(startedAt + 1_000);
      const [id = '', secret = ''] = known.key.split('.');
      const wrong = [
        `${id}.${'A'.repeat(43)}`,
        `${'A'.repeat(22)}.${secret}`,
        `${revoked.id}.${secret}`,
        id,
        `${id}.`,
        `.${secret}`,
        secret,
        `${known.key}A`,
        known.key.slice(0, -1),
        `${known.key}.${secret}`,
        known.key.toLowerCase(),
        known.key.replace('.', '~'),
      ];
      const answers = await Promise.all([...wrong, revoked.key, expired.key].map((key) => answerTo(key)));
      for (const answer of answers) {
        expect(answer).toEqual(INVALID);
        expect(answer).toEqual(answers[0]);
      }
      expect((await answerTo(known.key)).status).toBe(200);
      expect((await call('GET', '/keys')).body).toContainEqual(expect.objectContaining({ id: expired.id }));
      time.mockRestore();
    });

    it('also by an operation whose scope they did not have', async () => {
      const { key, id } = await keyWith(['users:read']);
      await call('DELETE', `/keys/${id}`);
      expect(await answerTo(key)).toEqual(INVALID);
    });
  });

  describe('give away', () => {
    it('no scope that they do not have themselves', async () => {
      const { client } = await keyWith(['keys:write', 'apps:read']);
      const { status, body } = await client.call('POST', '/keys', {
        name: 'More',
        scopes: ['apps:read', 'apps:write', 'users:write'],
      });
      expect([status, body['code'], body['scope']]).toEqual([
        403,
        'insufficient_scope',
        'apps:write users:write',
      ]);
      expect(body['key']).toBeUndefined();
      const less = await makeKey(client, ['apps:read']);
      expect((await less.client.call('GET', '/apps')).status).toBe(200);
      expect((await less.client.call('POST', '/keys', { name: 'x', scopes: ['apps:read'] })).status).toBe(
        403,
      );
    });

    it('nothing once they are revoked, also by themselves', async () => {
      const { client, id } = await keyWith(['keys:write']);
      expect((await client.call('DELETE', `/keys/${id}`)).status).toBe(204);
      expect((await client.call('DELETE', `/keys/${id}`)).status).toBe(401);
      expect((await client.call('POST', '/keys', { name: 'x', scopes: ['keys:write'] })).status).toBe(401);
      expect((await call('DELETE', `/keys/${id}`)).status).toBe(404);
    });
  });

  it('cannot be revoked under names that no key has, nor can the root key', async () => {
    for (const id of ['root-key', bank.admin.key, 'x'.repeat(300), '%00', "'%20OR%201=1--", NOBODY])
      expect([id, (await call('DELETE', `/keys/${id}`)).status]).toEqual([id, 404]);
    expect((await call('GET', '/keys')).status).toBe(200);
  });
});

describeWithOwnRedis('An administration key on several nodes', () => {
  const onServer = process.env['DATABASE_URL'] === undefined ? it.skip : it;

  onServer(
    'is refused everywhere when one of them has revoked it',
    async () => {
      const bank = await BankCluster.start();
      try {
        const { key, id } = await makeKey(bank.admin, ['apps:read']);
        const statuses = () =>
          Promise.all(
            bank.nodes.map(async (node) => {
              const init = { method: 'GET', headers: { authorization: `Bearer ${key}` } };
              return (await bank.send(node, { url: `${bank.admin.url}/admin/apps`, init })).status;
            }),
          );
        expect(await statuses()).toEqual([200, 200, 200]);
        expect((await bank.admin.call('DELETE', `/keys/${id}`)).status).toBe(204);
        const deadline = Date.now() + PATIENCE_MS;
        while ((await statuses()).includes(200) && Date.now() < deadline) await delay(10);
        expect(await statuses()).toEqual([401, 401, 401]);
      } finally {
        await bank.stop();
      }
    },
    120_000,
  );
});
