import { randomBytes } from 'node:crypto';
import { Apps, Transactions, Users } from '@portcullis/nest';
import { AdminClient } from '../support/admin-client.js';
import { startBank, type RunningBank } from '../support/bank.js';
import { ADAPTERS } from '../support/host-app.js';
import { noteSecret } from '../support/log-book.js';
import { newPassword, signedIn } from '../support/sign-in.js';

interface Event {
  readonly id: string;
  readonly at: string;
  readonly action: string;
  readonly actor: { readonly kind: string; readonly id: string; readonly name: string | null };
  readonly subject: { readonly kind: string; readonly id: string };
  readonly address: string | null;
  readonly requestId: string | null;
  readonly details: Record<string, unknown>;
}

interface Page {
  readonly events: readonly Event[];
  readonly next: string | null;
}

const ROOT = { kind: 'root-key', id: 'root-key', name: null };
const HOST = { kind: 'host', id: 'host', name: null };
const ADDRESS = '198.51.100.23';

describe.each(ADAPTERS)('The audit trail on %s', (adapter) => {
  let bank: RunningBank;
  beforeAll(async () => {
    bank = await startBank(adapter);
  });
  afterAll(() => bank.stop());

  const call = (method: string, path: string, body?: unknown) => bank.admin.call(method, path, body);
  const page = async (query: Record<string, string> = {}): Promise<Page> => {
    const { status, body } = await call('GET', `/audit?${new URLSearchParams(query)}`);
    if (status !== 200) throw new Error(`audit: ${status}`);
    return body as unknown as Page;
  };
  const about = async (subject: string) => (await page({ subject, limit: '500' })).events.toReversed();
  const actionsOf = (events: readonly Event[]) => events.map(({ action }) => action);
  /** All of it, over as many pages as it takes. */
  const everything = async (query: Record<string, string> = {}): Promise<Event[]> => {
    const events: Event[] = [];
    for (let before: string | null | undefined; before !== null;) {
      const found = await page({ ...query, limit: '500', ...(before && { before }) });
      events.push(...found.events);
      before = found.next;
    }
    return events;
  };
  const newApp = async (rest: object = {}): Promise<string> =>
    (await call('POST', '/apps', { name: 'App', clientType: 'confidential', scopes: ['a'], ...rest })).body
      .id;
  const newKey = async (name: string, scopes: string[]) => {
    const { body } = await call('POST', '/keys', { name, scopes });
    return { id: body.id, client: new AdminClient(bank.url, noteSecret(body['key'] as string)) };
  };

  describe('says of apps', () => {
    it('that they were registered, changed and removed, and what of them', async () => {
      const id = await newApp();
      const { body } = await call('GET', `/apps/${id}`);
      const secrets = body['secrets'] as { secretId: string; purpose: string }[];
      await call('PATCH', `/apps/${id}`, { name: 'Other', scopes: ['b'], suspended: true });
      await call('DELETE', `/apps/${id}`);
      const events = await about(id);
      expect(
        events.map(({ action, details, actor, subject }) => ({ action, details, actor, subject })),
      ).toEqual(
        [
          {
            action: 'app.registered',
            details: {
              clientType: 'confidential',
              scopes: ['a'],
              secrets: expect.arrayContaining(
                secrets.map(({ secretId, purpose }) => ({ secretId, purpose })),
              ),
            },
          },
          {
            action: 'app.changed',
            details: { members: ['name', 'scopes', 'suspended'], scopes: ['b'], suspended: true },
          },
          { action: 'app.removed', details: {} },
        ].map((event) => ({ ...event, actor: ROOT, subject: { kind: 'app', id } })),
      );
    });

    it('which secret was rotated and removed, for what purpose, and how long the old one goes on', async () => {
      const id = await newApp();
      const { body: made } = await call('POST', `/apps/${id}/client-secrets`, { overlapSeconds: 60 });
      const secret = noteSecret(randomBytes(32).toString('base64'));
      const { body: imported } = await call('POST', `/apps/${id}/integrity-secrets`, { secret });
      await call('DELETE', `/apps/${id}/client-secrets/${made.secretId}`);
      const [, ...events] = await about(id);
      const client = { purpose: 'client', secretId: made.secretId };
      expect(events.map(({ action, details }) => [action, details])).toEqual([
        ['app-secret.rotated', { ...client, overlapSeconds: 60, imported: false }],
        [
          'app-secret.rotated',
          { purpose: 'integrity', secretId: imported.secretId, overlapSeconds: 86_400, imported: true },
        ],
        ['app-secret.removed', client],
      ]);
    });
  });

  describe('says of users', () => {
    it('that they were registered, changed, limited, unlimited and removed', async () => {
      const users = bank.app.get(Users, { strict: false });
      // Without an account, for customers are kept for ever.
      const { id } = await users.register({
        username: newPassword(),
        password: newPassword(),
        scopes: ['a'],
      });
      const appId = await newApp();
      await call('PATCH', `/users/${id}`, { password: newPassword(), suspended: false });
      await call('PUT', `/users/${id}/apps/${appId}`, { scopes: ['a'] });
      await call('DELETE', `/users/${id}/apps/${appId}`);
      expect((await call('DELETE', `/users/${id}`)).status).toBe(204);
      const events = await about(id);
      expect(events.map(({ action, details }) => [action, details])).toEqual([
        ['user.registered', { scopes: ['a'] }],
        ['user.changed', { members: ['password', 'suspended'], suspended: false }],
        ['user-scopes.limited', { appId, scopes: ['a'] }],
        ['user-scopes.unlimited', { appId }],
        ['user.removed', {}],
      ]);
      expect(events[0]).toMatchObject({ actor: HOST, address: null, requestId: null });
      for (const event of events.slice(1)) expect(event.actor).toEqual(ROOT);
    });
  });

  describe('says of sessions', () => {
    it('who signed in through which app and from where, and who ended them', async () => {
      const app = await bank.admin.newApp();
      const user = await bank.admin.newUser();
      const appId = app.parts.appId;
      const client = await signedIn({ app, ...user, address: ADDRESS });
      const [sessionId = '', secret = ''] = (client.session as string).split('.');
      const [started] = await about(sessionId);
      expect(started).toEqual({
        id: expect.any(String),
        at: expect.any(String),
        action: 'session.started',
        actor: { kind: 'user', id: user.id, name: null },
        subject: { kind: 'session', id: sessionId },
        address: ADDRESS,
        requestId: expect.stringMatching(/^[\da-f-]{36}$/),
        details: { userId: user.id, appId, scopes: expect.arrayContaining(['accounts:read']) },
      });
      expect(JSON.stringify(started)).not.toContain(secret);
      await client.call('DELETE', '/sessions/current', { headers: { 'x-forwarded-for': ADDRESS } });
      const [, ended] = await about(sessionId);
      expect(ended).toMatchObject({
        action: 'session.ended',
        actor: { kind: 'user', id: user.id },
        address: ADDRESS,
        details: { userId: user.id, appId },
      });
    });

    it('how many were ended at once, by the user, by the administration and by a new password', async () => {
      const app = await bank.admin.newApp();
      const user = await bank.admin.newUser();
      const signIn = () => signedIn({ app, ...user });
      const client = await signIn();
      await signIn();
      await client.call('DELETE', '/sessions');
      const other = await signIn();
      await call('DELETE', `/sessions?userId=${user.id}`);
      await call('DELETE', `/sessions?userId=${user.id}`);
      await signIn();
      await call('PATCH', `/users/${user.id}`, { password: newPassword() });
      const byUser = { kind: 'user', id: user.id, name: null };
      const all = (await about(user.id)).filter(({ action }) => action === 'sessions.ended-all');
      expect(all.map(({ actor, details }) => [actor, details])).toEqual([
        [byUser, { sessions: 2 }],
        [ROOT, { sessions: 1 }],
        [ROOT, { sessions: 1 }],
      ]);
      expect(other.session).toBeDefined();
      const started = await page({ actor: user.id, action: 'session.started' });
      expect(started.events).toHaveLength(4);
    });

    it('nothing of a sign-in that is refused', async () => {
      const app = await bank.admin.newApp();
      const user = await bank.admin.newUser();
      await expect(signedIn({ app, ...user, password: newPassword() })).rejects.toThrow('401');
      expect((await page({ actor: user.id })).events).toEqual([]);
    });
  });

  describe('names', () => {
    it('the key that acted, the address it acted from, and the request', async () => {
      const { id: keyId, client } = await newKey('Deployment of the shop', ['apps:write']);
      const answer = await fetch(`${bank.url}/admin/apps`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${client.key}`,
          'content-type': 'application/json',
          'x-forwarded-for': `203.0.113.99, ${ADDRESS}`,
        },
        body: JSON.stringify({ name: 'App', clientType: 'public' }),
      });
      const { id } = (await answer.json()) as { id: string };
      const [event] = await about(id);
      expect(event).toMatchObject({
        action: 'app.registered',
        actor: { kind: 'admin-key', id: keyId, name: 'Deployment of the shop' },
        address: ADDRESS,
        requestId: expect.stringMatching(/^[\da-f-]{36}$/),
      });
      expect(Math.abs(Date.now() - Date.parse(event?.at as string))).toBeLessThan(60_000);
      await client.call('PATCH', `/apps/${id}`, { name: 'Other' });
      expect((await page({ actor: keyId })).events.map(({ action }) => action)).toEqual([
        'app.changed',
        'app.registered',
      ]);
      const requests = (await about(id)).map(({ requestId }) => requestId);
      expect(new Set(requests).size).toBe(2);
    });

    it('the key still when it has been revoked, and who made and revoked it', async () => {
      const { id, client } = await newKey('Short-lived', ['keys:write']);
      await client.call('DELETE', `/keys/${id}`);
      const [made, revoked] = await about(id);
      expect(made).toMatchObject({
        action: 'admin-key.created',
        actor: ROOT,
        subject: { kind: 'admin-key', id },
        details: { name: 'Short-lived', scopes: ['keys:write'], expiresAt: expect.any(String) },
      });
      expect(revoked).toMatchObject({
        action: 'admin-key.revoked',
        actor: { kind: 'admin-key', id, name: 'Short-lived' },
        details: { name: 'Short-lived', scopes: ['keys:write'] },
      });
    });

    it('each of many who act at the same time', async () => {
      const keys = await Promise.all([1, 2, 3].map((at) => newKey(`Key ${at}`, ['apps:write'])));
      const made = await Promise.all(
        Array.from({ length: 30 }, async (_, at) => {
          const { id, client } = keys[at % 3] as (typeof keys)[number];
          const { body } = await client.call('POST', '/apps', { name: 'App', clientType: 'public' });
          return [body.id, id];
        }),
      );
      for (const [appId = '', keyId] of made) expect((await about(appId))[0]?.actor.id).toBe(keyId);
    });
  });

  describe('holds nothing of', () => {
    it('what only reads, what is refused, what is invalid and what does not exist', async () => {
      const id = await newApp();
      const reader = await newKey('Reader', ['apps:read']);
      const before = await everything();
      for (const path of ['/apps', `/apps/${id}`, '/users', '/keys', '/audit'])
        expect((await call('GET', path)).status).toBe(200);
      expect((await call('PATCH', `/apps/${id}`, {})).status).toBe(200);
      expect((await call('PATCH', `/apps/${id}`, { name: '' })).status).toBe(422);
      expect((await call('POST', '/apps', { id, name: 'Twin', clientType: 'public' })).status).toBe(422);
      expect((await call('POST', '/users', { username: 'a b', password: newPassword() })).status).toBe(422);
      expect((await call('POST', '/keys', { name: 'Key', scopes: ['all'] })).status).toBe(422);
      for (const path of ['/apps/nobody', '/users/nobody', '/sessions/nobody', '/keys/nobody'])
        expect((await call('DELETE', path)).status).toBe(404);
      expect((await reader.client.call('DELETE', `/apps/${id}`)).status).toBe(403);
      const stranger = new AdminClient(bank.url, noteSecret(randomBytes(20).toString('base64url')));
      for (let at = 0; at < 20; at++) expect((await stranger.call('DELETE', `/apps/${id}`)).status).toBe(401);
      expect(await everything()).toEqual(before);
    });

    it('what was undone', async () => {
      const apps = bank.app.get(Apps, { strict: false });
      const users = bank.app.get(Users, { strict: false });
      const id = `undone-${randomBytes(4).toString('hex')}`;
      const work = bank.app.get(Transactions, { strict: false }).run(async () => {
        await apps.register({ id, name: 'App', clientType: 'public' });
        throw new Error('undone');
      });
      await expect(work).rejects.toThrow('undone');
      expect(await about(id)).toEqual([]);
      let userId = '';
      const hooked = users.register(
        { username: newPassword(), password: newPassword(), scopes: [] },
        async (newId) => {
          userId = newId;
          throw new Error('no account');
        },
      );
      await expect(hooked).rejects.toThrow('no account');
      expect(userId).not.toBe('');
      expect(await about(userId)).toEqual([]);
    });

    it('[B03] any secret, password or key', async () => {
      const secrets: string[] = [];
      const app = await call('POST', '/apps', { name: 'App', clientType: 'confidential' });
      secrets.push(app.body['signingSecret'] as string, app.body['clientSecret'] as string);
      const rotated = await call('POST', `/apps/${app.body.id}/signing-secrets`, {});
      const imported = noteSecret(randomBytes(32).toString('base64'));
      await call('POST', `/apps/${app.body.id}/integrity-secrets`, { secret: imported });
      const user = await bank.admin.newUser();
      const password = newPassword();
      await call('PATCH', `/users/${user.id}`, { password });
      const client = await signedIn({ app: await bank.admin.newApp(), username: user.username, password });
      const key = await newKey('Key', ['apps:read']);
      secrets.push(rotated.body.secret, imported, user.password, password, user.username);
      secrets.push(...[client.session as string, key.client.key].map((text) => text.split('.')[1] as string));
      const text = JSON.stringify(await everything());
      expect(secrets.every((secret) => typeof secret === 'string' && secret.length > 8)).toBe(true);
      for (const secret of secrets) expect(text).not.toContain(secret);
      expect(text).not.toMatch(/argon2|hash/i);
    });
  });

  describe('is read', () => {
    it('page by page, newest first, each event once, while others are added', async () => {
      const id = await newApp();
      for (let at = 0; at < 6; at++) await call('PATCH', `/apps/${id}`, { name: `Name ${at}` });
      const all = await page({ subject: id });
      expect([all.events.length, all.next]).toEqual([7, null]);
      const read: Event[] = [];
      for (let next: string | null | undefined; next !== null;) {
        const found: Page = await page({ subject: id, limit: '3', ...(next && { before: next }) });
        read.push(...found.events);
        next = found.next;
        await call('PATCH', `/apps/${id}`, { name: 'More' });
      }
      expect(read).toEqual(all.events);
      const exact = await page({ subject: id, limit: '1', before: all.events.at(-2)?.id as string });
      expect([exact.events.length, exact.next]).toEqual([1, null]);
    });

    it('by action and by time', async () => {
      const id = await newApp();
      await call('DELETE', `/apps/${id}`);
      const [registered, removed] = await about(id);
      const [at, end] = [registered?.at as string, removed?.at as string];
      expect(actionsOf((await page({ subject: id, action: 'app.removed' })).events)).toEqual(['app.removed']);
      expect((await page({ subject: id, to: at })).events).toEqual([]);
      expect((await page({ subject: id, from: at, to: '9999-01-01T00:00:00Z' })).events).toHaveLength(2);
      const later = new Date(Date.parse(end) + 1).toISOString();
      expect((await page({ subject: id, from: later })).events).toEqual([]);
      const offset = at.replace('Z', '+00:00');
      expect((await page({ subject: id, from: offset })).events).toHaveLength(2);
    });

    it('with 50 events where nobody says how many', async () => {
      const id = await newApp();
      for (let at = 0; at < 50; at++) await call('PATCH', `/apps/${id}`, { name: `Name ${at}` });
      const { events, next } = await page({ subject: id });
      expect([events.length, next]).toEqual([50, events.at(-1)?.id]);
    });

    it.each<[string, string]>([
      ['actor', ''],
      ['actor', 'a\0b'],
      ['actor', 'x'.repeat(257)],
      ['subject', '\n'],
      ['action', 'app.exploded'],
      ['action', "app.changed' OR '1'='1"],
      ['from', 'yesterday'],
      ['from', '2026-01-01'],
      ['from', "2026-01-01T00:00:00Z'; DROP TABLE portcullis_audit_events; --"],
      ['to', '0000-01-01T00:00:00Z'],
      ['to', '2026-13-01T00:00:00Z'],
      ['limit', '0'],
      ['limit', '501'],
      ['limit', '-1'],
      ['limit', '1e2'],
      ['limit', '50; DELETE'],
      ['before', '-1'],
      ['before', '1 OR 1=1'],
      ['before', '9'.repeat(19)],
      ['offset', '1'],
    ])('not by %s %j: 422', async (name, value) => {
      const { status, body } = await call('GET', `/audit?${new URLSearchParams({ [name]: value })}`);
      expect([status, body['code']]).toEqual([422, 'validation_failed']);
    });

    it.each(["' OR '1'='1", '%', "root-key'--", '{"$ne":1}', 'root-key;', '$1'])(
      'by %j as the name of nobody',
      async (value) => {
        for (const name of ['actor', 'subject']) expect((await page({ [name]: value })).events).toEqual([]);
      },
    );

    it('not by two values of one member', async () => {
      expect((await call('GET', '/audit?actor=a&actor=b')).status).toBe(422);
      expect((await call('GET', '/audit?actor[]=a&subject[x]=b')).status).toBe(422);
    });
  });

  it('cannot be written, changed or removed over the interface', async () => {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'])
      for (const path of ['/audit', '/audit/1'])
        expect([method, [404, 405].includes((await call(method, path, {})).status)]).toEqual([method, true]);
  });

  it('holds a thousand acts that were done at the same time, each once', async () => {
    const { id: actor, client } = await newKey('Many', ['apps:write']);
    const name = 'App';
    const made: string[] = [];
    const work = Array.from({ length: 50 }, async (_, worker) => {
      for (let at = 0; at < 20; at++) {
        const id = `many-${adapter}-${worker}-${at}`;
        const { status } = await client.call('POST', '/apps', { id, name, clientType: 'public' });
        if (status === 201) made.push(id);
      }
    });
    await Promise.all(work);
    expect(made).toHaveLength(1_000);
    const events = await everything({ actor });
    expect(events.map(({ subject }) => subject.id).toSorted()).toEqual(made.toSorted());
  }, 120_000);
});
