import { randomBytes } from 'node:crypto';
import { AdminClient } from '../support/admin-client.js';
import { describeOnOneDatabase } from '../support/databases.js';
import { noteSecret } from '../support/log-book.js';
import { startOperatedHost } from '../cli/operated-host.js';
import { REGISTRY_TABLES } from '../support/authority-node.js';
import { startSigningKeyHost, type SigningKeyHost } from '../support/signing-key-host.js';

interface Key {
  readonly kid: string;
  readonly algorithm: string;
  readonly createdAt: string;
  readonly signsFrom: string;
  readonly state: string;
  readonly verifiesUntil: string | null;
  readonly secret?: string;
}

describe.each(['ES256', 'HS256'] as const)('The administration of signing keys (%s)', (algorithm) => {
  describeOnOneDatabase('over HTTP', (open) => {
    let host: SigningKeyHost;
    let admin: AdminClient;
    beforeAll(async () => {
      host = await startSigningKeyHost(open, algorithm);
      admin = new AdminClient(host.url, host.operator.adminKey);
    });
    afterAll(() => host.stop());

    const list = async () => (await admin.call('GET', '/signing-keys')).body as unknown as Key[];
    const publish = async (body: object = {}): Promise<Key> => {
      const answer = await admin.call('POST', '/signing-keys', body);
      expect(answer.status).toBe(201);
      return answer.body as unknown as Key;
    };
    const drop = async (kid: string) => {
      const { status, body } = await admin.call('DELETE', `/signing-keys/${kid}`);
      const { dropped, successor } = body as unknown as { dropped: string; successor: Key | null };
      if (successor?.secret !== undefined) noteSecret(successor.secret);
      return { status, dropped, successor };
    };
    const actions = async (kid: string) => {
      const { body } = await admin.call('GET', `/audit?subject=${kid}`);
      return (body['events'] as { action: string }[]).map(({ action }) => action);
    };

    it('makes the first, which signs at once, and the next, which is published before', async () => {
      expect(await list()).toEqual([]);
      const { secret, ...first } = await publish();
      const { secret: _, ...next } = await publish({ signInSeconds: 1800 });
      expect(secret === undefined).toBe(algorithm === 'ES256');
      expect(first).toMatchObject({ algorithm, state: 'signing', verifiesUntil: null });
      expect(next).toMatchObject({ algorithm, state: 'waiting', verifiesUntil: null });
      expect(Date.parse(next.signsFrom) - Date.parse(next.createdAt)).toBe(1_800_000);
      const listed = await list();
      expect(listed.map(({ kid, state }) => [kid, state])).toEqual([
        [next.kid, 'waiting'],
        [first.kid, 'signing'],
      ]);
      expect(Date.parse(listed[1]?.verifiesUntil as string)).toBeGreaterThan(Date.parse(next.signsFrom));
      expect(await actions(first.kid)).toEqual(['signing-key.published']);
    });

    it('shows a secret in the answer that makes it alone, and no part of a private key', async () => {
      const { status, body } = await admin.call('GET', '/signing-keys');
      const members = ['kid', 'algorithm', 'createdAt', 'signsFrom', 'state', 'verifiesUntil'];
      expect(status).toBe(200);
      for (const key of body as unknown as Key[]) expect(Object.keys(key)).toEqual(members);
    });

    it('drops the one that signs: the one that waits takes over, and then a new one', async () => {
      const [waiting, signing] = (await list()) as [Key, Key];
      const first = await drop(signing.kid);
      expect(first).toMatchObject({
        status: 200,
        dropped: signing.kid,
        successor: { kid: waiting.kid, state: 'signing' },
      });
      expect(await actions(signing.kid)).toEqual(['signing-key.dropped', 'signing-key.published']);
      const second = await drop(waiting.kid);
      expect(second.successor).toMatchObject({ state: 'signing', algorithm });
      expect(second.successor?.secret === undefined).toBe(algorithm === 'ES256');
      const next = await publish();
      expect(await drop(next.kid)).toMatchObject({ status: 200, dropped: next.kid, successor: null });
      expect((await drop(next.kid)).status).toBe(404);
    });

    it('refuses what is no lead and no secret', async () => {
      const before = await list();
      for (const body of [
        { signInSeconds: -1 },
        { signInSeconds: 0.5 },
        { signInSeconds: 86_401 },
        { secret: 'short' },
        { secret: 7 },
        { other: 1 },
      ]) {
        const answer = await admin.call('POST', '/signing-keys', body);
        expect([answer.status, answer.body['code']]).toEqual([422, 'validation_failed']);
      }
      expect(await list()).toEqual(before);
    });

    it('takes a secret that others have already where it is shared, and nowhere else', async () => {
      const secret = noteSecret(randomBytes(32).toString('base64'));
      const answer = await admin.call('POST', '/signing-keys', { secret });
      expect(answer.status).toBe(algorithm === 'HS256' ? 201 : 422);
    });

    it('is for keys with its scopes alone', async () => {
      const keyWith = async (scope: string) => {
        const { body } = await admin.call('POST', '/keys', { name: 'Key', scopes: [scope] });
        return new AdminClient(host.url, noteSecret(body['key'] as string));
      };
      const statuses = async (client: AdminClient) => [
        (await client.call('GET', '/signing-keys')).status,
        (await client.call('POST', '/signing-keys', {})).status,
        (await client.call('DELETE', '/signing-keys/none')).status,
      ];
      expect(await statuses(await keyWith('signing-keys:read'))).toEqual([200, 403, 403]);
      expect(await statuses(await keyWith('signing-keys:write'))).toEqual([403, 201, 404]);
      expect(await statuses(await keyWith('secrets:write'))).toEqual([403, 403, 403]);
    });
  });
});

describeOnOneDatabase('The administration of signing keys', (open) => {
  it('says that there are none where the application issues no tokens', async () => {
    const database = await open(REGISTRY_TABLES);
    const { app, url, operator } = await startOperatedHost({ dataSource: database.dataSource });
    const admin = new AdminClient(url, operator.adminKey);
    for (const [method, path] of [
      ['GET', ''],
      ['POST', ''],
      ['DELETE', '/any'],
    ] as const) {
      const { status, body } = await admin.call(
        method,
        `/signing-keys${path}`,
        method === 'POST' ? {} : undefined,
      );
      expect([status, body['code'], body['detail']]).toEqual([
        404,
        'not_found',
        'This application issues no tokens, and has no signing keys.',
      ]);
    }
    await app.close();
    await database.close();
  });
});
