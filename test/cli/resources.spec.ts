import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Consents } from '@portcullis/nest';
import type { Customer } from '../support/admin-client.js';
import { startBank, type RunningBank } from '../support/bank.js';
import { noteSecret } from '../support/log-book.js';
import { complaintOf, Operator } from './run-portcullis.js';

const RESOURCE = 'https://reports.example.com/v1?of=bank';

describe('The command-line tool operates what the authorization server hands out', () => {
  let bank: RunningBank;
  let operator: Operator;
  let folder: string;
  beforeAll(async () => {
    bank = await startBank('fastify');
    operator = new Operator(bank.url, bank.admin.key);
    folder = mkdtempSync(join(tmpdir(), 'cli-'));
  });
  afterAll(async () => {
    await bank.stop();
    rmSync(folder, { recursive: true });
  });

  it('resource servers, from the first to the last', async () => {
    const none = await operator.run(['resources', 'list']);
    expect(none.stdout).toMatch(/^There are no resource servers yet/);
    const app = (await bank.admin.newApp()).parts.appId;
    const create = ['resources', 'create', RESOURCE, '--name', 'Reports', '--scopes', 'reports:read'];
    const made = { identifier: RESOURCE, name: 'Reports', scopes: ['reports:read'], appId: null };
    expect(await operator.json(create)).toMatchObject(made);
    expect((await operator.run(create)).stderr).toContain('identifier: is taken');
    const change = ['resources', 'change', RESOURCE];
    expect(await operator.json([...change, '--app', app, '--scopes', 'a b'])).toMatchObject({
      name: 'Reports',
      scopes: ['a', 'b'],
      appId: app,
    });
    expect(await operator.json([...change, '--app', '', '--name', 'New'])).toMatchObject({
      name: 'New',
      appId: null,
    });
    expect((await operator.run(change)).code).toBe(2);
    const table = await operator.run(['resources', 'list']);
    expect(table.stdout).toMatch(
      /^RESOURCE +NAME +SCOPES +APP +CREATED\nhttps:\/\/reports\.example\.com\S+ +New +a b +- /,
    );
    expect((await operator.run(['resources', 'show', RESOURCE])).stdout).toMatch(/^NAME +New$/m);
    expect((await operator.run(['resources', 'remove', RESOURCE])).code).toBe(2);
    expect(await operator.json(['resources', 'remove', RESOURCE, '--yes'])).toEqual({ removed: RESOURCE });
    const gone = await operator.run(['resources', 'show', RESOURCE, '--json']);
    expect([gone.code, complaintOf(gone).code]).toEqual([1, 'not_found']);
  });

  describe('consents', () => {
    let customer: Customer;
    let username: string;
    beforeEach(async () => {
      customer = await bank.admin.newCustomer();
      ({ username } = (await bank.admin.call('GET', `/users/${customer.userId}`)).body as unknown as {
        username: string;
      });
    });

    it('which are listed, and withdrawn once that is confirmed', async () => {
      const { appId } = customer.client.parts;
      const empty = await operator.run(['consents', 'list', username]);
      expect(empty.stdout).toBe('The user has allowed no app anything.\n');
      const consents = bank.app.get(Consents, { strict: false });
      await consents.give({ userId: customer.userId, appId, resource: null, scopes: ['accounts:read'] });
      const table = await operator.run(['consents', 'list', '--by-id', customer.userId]);
      expect(table.stdout).toMatch(/^APP +RESOURCE +SCOPES +ALLOWED\n/);
      expect(table.stdout).toContain('accounts:read');
      const withdraw = ['consents', 'withdraw', username, appId];
      expect((await operator.run(withdraw)).code).toBe(2);
      expect((await customer.client.call('GET', '/accounts')).status).toBe(200);
      expect(await operator.json([...withdraw, '--yes'])).toEqual({
        withdrawn: { userId: customer.userId, appId },
      });
      expect((await customer.client.call('GET', '/accounts')).status).toBe(401);
      const again = await operator.run([...withdraw, '--yes', '--json']);
      expect([again.code, complaintOf(again).code]).toEqual([1, 'not_found']);
    });
  });

  describe('apps, which', () => {
    const pair = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const jwkOf = (key: KeyObject) => key.export({ format: 'jwk' });
    const fileOf = (name: string, content: string) => {
      const path = join(folder, name);
      writeFileSync(path, content);
      return path;
    };

    it('authenticate with keys out of files of any kind, and have no client secret then', async () => {
      const keys = [pair(), pair(), pair()].map(({ publicKey }) => publicKey);
      const [inPem, alone, inSet] = keys as [KeyObject, KeyObject, KeyObject];
      const files = [
        fileOf('app.pem', inPem.export({ format: 'pem', type: 'spki' }) as string),
        fileOf('app.jwk', JSON.stringify(jwkOf(alone))),
        fileOf('app.jwks', JSON.stringify({ keys: [{ ...jwkOf(inSet), kid: 'three', use: 'sig' }] })),
      ];
      const words = ['apps', 'create', '--id', 'keyed', '--name', 'Keyed', '--client-type', 'confidential'];
      const made = await operator.json<Record<string, unknown>>([
        ...words,
        ...files.flatMap((file) => ['--client-key', file]),
      ]);
      noteSecret(made['signingSecret'] as string);
      expect(made['clientSecret']).toBeUndefined();
      expect(made['clientKeys']).toEqual([jwkOf(inPem), jwkOf(alone), { ...jwkOf(inSet), kid: 'three' }]);
      expect((await operator.run(['apps', 'show', 'keyed'])).stdout).toMatch(/^CLIENT KEYS +\S+ \S+ three$/m);
    });

    it('keep their private keys: none is sent, or said', async () => {
      const { privateKey } = pair();
      const jwk = jwkOf(privateKey);
      noteSecret(jwk.d as string);
      const files = [
        fileOf('private.pem', privateKey.export({ format: 'pem', type: 'pkcs8' }) as string),
        fileOf('private.jwk', JSON.stringify(jwk)),
        fileOf('private.jwks', JSON.stringify({ keys: [jwk] })),
        fileOf('nothing', ''),
        fileOf('text', 'precious'),
        join(folder, 'missing'),
      ];
      const app = (await bank.admin.newApp()).parts.appId;
      for (const file of files) {
        const told = await operator.run(['apps', 'change', app, '--client-key', file, '--json']);
        expect([file, told.code, complaintOf(told).code]).toEqual([file, 2, 'usage']);
        expect(told.stderr).not.toContain(file);
        expect(told.stderr).not.toContain('precious');
      }
      const { body } = await bank.admin.call('GET', `/apps/${app}`);
      expect(body['clientKeys']).toEqual([]);
    });

    it('are held to more, or to less, and told so in words', async () => {
      const { appId } = (await bank.admin.newApp({ clientType: 'public', signing: true })).parts;
      const change = ['apps', 'change', appId];
      expect(await operator.json([...change, '--dpop-bound', '--require-par', '--plain-pkce'])).toMatchObject(
        {
          plainPkce: true,
          dpopBoundAccessTokens: true,
          requirePushedRequests: true,
        },
      );
      expect(await operator.json([...change, '--no-require-par', '--no-plain-pkce'])).toMatchObject({
        plainPkce: false,
        dpopBoundAccessTokens: true,
        requirePushedRequests: false,
      });
      const web = ['--cors-origin', 'https://a.example', '--cors-origin', 'https://b.example'];
      const native = ['--grant-type', 'authorization_code', '--redirect-uri', 'com.example.bank:/callback'];
      expect(await operator.json([...change, ...web, ...native])).toMatchObject({
        corsOrigins: ['https://a.example', 'https://b.example'],
        grantTypes: ['authorization_code'],
        redirectUris: ['com.example.bank:/callback'],
      });
      const told = await operator.run([...change, '--redirect-uri', 'http://localhost/cb', '--json']);
      expect(complaintOf(told)).toMatchObject({
        code: 'validation_failed',
        errors: [{ path: 'redirectUris.0' }],
      });
    });
  });
});
