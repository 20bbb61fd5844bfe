import { randomBytes } from 'node:crypto';
import { AdminClient } from '../support/admin-client.js';
import { startBank, type RunningBank } from '../support/bank.js';
import { ADAPTERS } from '../support/host-app.js';
import { noteSecret } from '../support/log-book.js';

const HOUR_MS = 3_600_000;

interface Revocation {
  readonly kind: string;
  readonly id: string;
  readonly before: string | null;
  readonly recordedAt: string;
  readonly expiresAt: string;
}

describe.each(ADAPTERS)('The administration of revocations on %s', (adapter) => {
  let bank: RunningBank;
  beforeAll(async () => {
    bank = await startBank(adapter);
  });
  afterAll(() => bank.stop());

  const revoke = (body: unknown) => bank.admin.call('POST', '/revocations', body);
  const recorded = async (body: object): Promise<Revocation> => {
    const answer = await revoke(body);
    expect(answer.status).toBe(201);
    return answer.body as unknown as Revocation;
  };
  const list = async (query = '') =>
    (await bank.admin.call('GET', `/revocations${query}`)).body as unknown as Revocation[];
  const acts = async (subject: string) => {
    const { body } = await bank.admin.call('GET', `/audit?subject=${encodeURIComponent(subject)}`);
    return (body['events'] as { action: string; subject: object; details: object; actor: { kind: string } }[])
      .filter(({ action }) => action.endsWith('.revoked'))
      .map(({ action, subject: { ...of }, details, actor }) => ({ action, of, details, by: actor.kind }));
  };
  const errorsOf = async (body: unknown) => {
    const answer = await revoke(body);
    return [answer.status, answer.body['code'], answer.body['errors']];
  };
  const unknown = () => `unknown-${randomBytes(6).toString('hex')}`;

  it('records one of each kind, says how long it holds, and who did it', async () => {
    const id = unknown();
    const moment = new Date(Date.now() - HOUR_MS).toISOString();
    const cases = [
      [{ jti: id }, 'token', 'token', {}],
      [{ familyId: id }, 'session', 'session', { sessions: 0 }],
      [{ userId: id, before: moment }, 'user', 'user', { before: moment, sessions: 0 }],
      [{ appId: id, before: moment }, 'app', 'app', { before: moment }],
    ] as const;
    for (const [body, kind, subject, details] of cases) {
      const { before, recordedAt, expiresAt, ...rest } = await recorded(body);
      expect(rest).toEqual({ kind, id });
      expect(before).toBe('before' in body ? moment : null);
      expect(Date.parse(expiresAt) - Date.parse(recordedAt)).toBeGreaterThanOrEqual(2 * HOUR_MS);
      const [act] = await acts(id);
      expect(act).toEqual({ action: `${kind}.revoked`, of: { kind: subject, id }, details, by: 'root-key' });
    }
    expect(await acts(id)).toHaveLength(cases.length);
  });

  it('records that everything of before is revoked', async () => {
    const before = new Date(Date.now() - 365 * 24 * HOUR_MS).toISOString();
    expect(await recorded({ all: true, before })).toMatchObject({ kind: 'all', id: '*', before });
    const [act] = await acts('*');
    expect(act).toEqual({
      action: 'all.revoked',
      of: { kind: 'everything', id: '*' },
      details: { before },
      by: 'root-key',
    });
  });

  it('takes the moment that is not named for now, and for a little later where clocks of nodes matter', async () => {
    const ahead = async (body: object) => {
      const { before, recordedAt } = await recorded(body);
      return Date.parse(before as string) - Date.parse(recordedAt);
    };
    expect(await ahead({ userId: unknown() })).toBe(0);
    expect(await ahead({ appId: unknown() })).toBe(2000);
  });

  it('ends the sessions that it covers, and says how many of a user and of one', async () => {
    const { client, userId } = await bank.admin.newCustomer();
    const status = async () => (await client.call('GET', '/accounts')).status;
    expect(await status()).toBe(200);
    await recorded({ userId, before: new Date(Date.now() - HOUR_MS).toISOString() });
    expect(await status()).toBe(200);
    await recorded({ userId });
    expect(await status()).toBe(401);
    expect((await acts(userId)).map(({ details }) => details)).toEqual([
      { before: expect.any(String), sessions: 1 },
      { before: expect.any(String), sessions: 0 },
    ]);
    const other = await bank.admin.newCustomer();
    const [session] = (await bank.admin.call('GET', `/sessions?userId=${other.userId}`)).body as unknown as [
      { id: string; appId: string },
    ];
    await recorded({ familyId: session.id });
    const [act] = await acts(session.id);
    expect(act?.details).toEqual({ userId: other.userId, appId: session.appId, sessions: 1 });
    expect((await other.client.call('GET', '/accounts')).status).toBe(401);
  });

  it('removes the sessions of an app that was revoked, so that they stay ended', async () => {
    const { client, userId } = await bank.admin.newCustomer();
    await recorded({ appId: client.parts.appId });
    expect((await bank.admin.call('GET', `/sessions?userId=${userId}`)).body).toEqual([]);
  });

  it('lists those that hold, newest first, as many as are wanted', async () => {
    const ids = [unknown(), unknown(), unknown()];
    for (const jti of ids) await recorded({ jti });
    expect((await list('?limit=2')).map(({ id }) => id)).toEqual([ids[2], ids[1]]);
    const [newest] = await list();
    expect(newest).toEqual({
      kind: 'token',
      id: ids[2],
      before: null,
      recordedAt: expect.any(String),
      expiresAt: expect.any(String),
    });
    for (const query of ['?limit=0', '?limit=501', '?limit=-1', '?limit=x', '?before=x'])
      expect((await bank.admin.call('GET', `/revocations${query}`)).status).toBe(422);
  });

  it('refuses what names no target, several, or one that can be nobody’s, and records nothing', async () => {
    const [newest] = await list();
    const one = 'expected exactly one of jti, familyId, userId, appId, all';
    for (const body of [
      {},
      { before: new Date().toISOString() },
      { jti: 'a', userId: 'b' },
      { all: true, jti: 'a' },
    ])
      expect(await errorsOf(body)).toEqual([422, 'validation_failed', [{ path: '', message: one }]]);
    const wrong: [object, string][] = [
      [{ jti: '' }, 'jti'],
      [{ jti: 'x'.repeat(257) }, 'jti'],
      [{ jti: 'a\u0000b' }, 'jti'],
      [{ jti: '\ud800' }, 'jti'],
      [{ jti: 7 }, 'jti'],
      [{ userId: ['a'] }, 'userId'],
      [{ all: false }, 'all'],
      [{ jti: 'a', other: 1 }, ''],
      [{ userId: 'a', before: 'yesterday' }, 'before'],
      [{ userId: 'a', before: '2026-01-01' }, 'before'],
      [{ userId: 'a', before: 1 }, 'before'],
      [{ userId: 'a', before: new Date(Date.now() + HOUR_MS + 60_000).toISOString() }, 'before'],
    ];
    for (const [body, path] of wrong)
      expect(await errorsOf(body)).toEqual([
        422,
        'validation_failed',
        [{ path, message: expect.any(String) }],
      ]);
    expect((await list())[0]).toEqual(newest);
  });

  it('takes any text for an id that a token could have', async () => {
    for (const jti of [
      '../..',
      "'; DROP TABLE portcullis_changes; --",
      '%00',
      '漢'.repeat(256),
      '𐐷'.repeat(256),
    ])
      expect(await recorded({ jti })).toMatchObject({ kind: 'token', id: jti });
  });

  it('is for keys with its scopes alone', async () => {
    const keyWith = async (scope: string) => {
      const { body } = await bank.admin.call('POST', '/keys', { name: 'Key', scopes: [scope] });
      return new AdminClient(bank.url, noteSecret(body['key'] as string));
    };
    const statuses = async (client: AdminClient) => [
      (await client.call('POST', '/revocations', { jti: unknown() })).status,
      (await client.call('GET', '/revocations')).status,
    ];
    expect(await statuses(await keyWith('revocations:write'))).toEqual([201, 403]);
    expect(await statuses(await keyWith('revocations:read'))).toEqual([403, 200]);
    expect(await statuses(await keyWith('sessions:write'))).toEqual([403, 403]);
  });

  it('describes its body on the OpenAPI page', async () => {
    const document = (await (await fetch(`${bank.url}/docs-json`)).json()) as {
      paths: Record<string, { post: { requestBody: { content: Record<string, { schema: object }> } } }>;
    };
    const { schema } =
      document.paths['/admin/revocations']?.post.requestBody.content['application/json'] ?? {};
    expect(schema).toMatchObject({
      type: 'object',
      properties: { jti: {}, familyId: {}, userId: {}, appId: {}, all: { const: true }, before: {} },
    });
  });
});
