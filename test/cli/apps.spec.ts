import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { startBank, type RunningBank } from '../support/bank.js';
import { BankClient } from '../support/bank-client.js';
import { noteSecret } from '../support/log-book.js';
import { complaintOf, Operator } from './run-portcullis.js';

interface ShownApp {
  readonly id: string;
  readonly signingSecret: string;
  readonly clientSecret: string;
}

describe('The command-line tool operates apps', () => {
  let bank: RunningBank;
  let operator: Operator;
  let folder: string;
  let client: BankClient;
  let app: string;
  beforeAll(async () => {
    bank = await startBank('fastify');
    operator = new Operator(bank.url, bank.admin.key);
    folder = mkdtempSync(join(tmpdir(), 'cli-'));
  });
  beforeEach(async () => {
    client = await bank.admin.newApp();
    app = client.parts.appId;
  });
  afterAll(async () => {
    await bank.stop();
    rmSync(folder, { recursive: true });
  });

  const signedWith = async (signingSecret: string, appId = app) => {
    const signing = new BankClient({ ...client.parts, appId, signingSecret });
    const { status } = await signing.call('GET', '/branches/signed', { integrity: false });
    return status;
  };

  it('registers one, whose secret signs requests', async () => {
    const words = ['apps', 'create', '--name', 'Bank for iOS', '--client-type', 'confidential'];
    const made = await operator.json<ShownApp>([...words, '--scopes', 'branches:read, accounts:read']);
    noteSecret(made.signingSecret);
    noteSecret(made.clientSecret);
    expect(made).toMatchObject({
      name: 'Bank for iOS',
      scopes: ['branches:read', 'accounts:read'],
      suspended: false,
    });
    expect(await signedWith(made.signingSecret, made.id)).toBe(200);
  });

  it('shows the secrets of a new one to a person once, in words, and never again', async () => {
    const words = ['--id', 'bank-android', '--name', 'Bank', '--client-type', 'public', '--signing'];
    const { code, stdout } = await operator.run(['apps', 'create', ...words]);
    const [, secret = ''] = /Signing secret: ([\w-]{43})$/m.exec(stdout) ?? [];
    noteSecret(secret);
    expect([code, stdout]).toEqual([0, expect.stringContaining('Shown this once')]);
    expect(stdout).not.toContain('Client secret');
    for (const later of [
      ['apps', 'show', 'bank-android'],
      ['secrets', 'list', 'bank-android'],
    ]) {
      const told = await operator.run(later);
      expect([told.code, told.stdout.includes(secret)]).toEqual([0, false]);
    }
  });

  it('puts them into a new file that its owner alone can read, and shows them nowhere', async () => {
    const file = join(folder, 'app.json');
    const words = [
      'apps',
      'create',
      '--name',
      'Reports',
      '--client-type',
      'confidential',
      '--scopes',
      'branches:read',
    ];
    const { code, stdout } = await operator.run([...words, '--secret-file', file]);
    const { signingSecret, clientSecret } = JSON.parse(readFileSync(file, 'utf8')) as ShownApp;
    noteSecret(signingSecret);
    noteSecret(clientSecret);
    expect([code, statSync(file).mode & 0o777]).toEqual([0, 0o600]);
    expect([stdout.includes(signingSecret), stdout.includes(clientSecret)]).toEqual([false, false]);
    const [, id = ''] = /^APP\s+(\S+)$/m.exec(stdout) ?? [];
    expect(await signedWith(signingSecret, id)).toBe(200);
  });

  it('overwrites no file, and asks the server for nothing then', async () => {
    const file = join(folder, 'precious');
    writeFileSync(file, 'precious');
    const told = await operator.run([
      'secrets',
      'rotate',
      app,
      '--purpose',
      'signing',
      '--secret-file',
      file,
      '--json',
    ]);
    expect([told.code, complaintOf(told).code]).toEqual([2, 'usage']);
    expect(readFileSync(file, 'utf8')).toBe('precious');
    expect(await operator.json<unknown[]>(['secrets', 'list', app])).toHaveLength(3);
  });

  it('leaves no file behind when the server refuses', async () => {
    const file = join(folder, 'none');
    const told = await operator.run([
      'secrets',
      'rotate',
      'nobody',
      '--purpose',
      'signing',
      '--secret-file',
      file,
    ]);
    expect(told.code).toBe(1);
    expect(() => statSync(file)).toThrow('ENOENT');
  });

  it('rotates a secret: the new one signs, the old one until the overlap ends', async () => {
    const rotate = ['secrets', 'rotate', app, '--purpose', 'signing', '--overlap'];
    const { secret } = await operator.json([...rotate, '15m']);
    noteSecret(secret as string);
    expect([await signedWith(secret as string), await signedWith(client.parts.signingSecret)]).toEqual([
      200, 200,
    ]);
    const last = await operator.json([...rotate, '0', '--yes']);
    noteSecret(last['secret'] as string);
    expect(await signedWith(last['secret'] as string)).toBe(200);
    expect([await signedWith(secret as string), await signedWith(client.parts.signingSecret)]).toEqual([
      401, 401,
    ]);
  });

  it('takes an integrity secret that exists from stdin, and does not show it', async () => {
    const secret = noteSecret(randomBytes(32).toString('base64'));
    const words = ['secrets', 'rotate', app, '--purpose', 'integrity', '--import-file', '-'];
    const { code, stdout } = await operator.run(words, { input: `${secret}\n` });
    expect([code, stdout.includes(secret)]).toEqual([0, false]);
    const attested = new BankClient({ ...client.parts, integritySecret: secret });
    expect((await attested.call('GET', '/accounts')).code).toBe('user_token_missing');
  });

  it('removes a secret, which signs no more', async () => {
    const secrets = await operator.json<{ secretId: string; purpose: string }[]>(['secrets', 'list', app]);
    const id = secrets.find(({ purpose }) => purpose === 'signing')?.secretId as string;
    const remove = ['secrets', 'remove', app, id, '--purpose', 'signing'];
    expect((await operator.run(remove)).code).toBe(2);
    expect(await signedWith(client.parts.signingSecret)).toBe(200);
    expect(await operator.json([...remove, '--yes'])).toEqual({ removed: id, app, purpose: 'signing' });
    expect(await signedWith(client.parts.signingSecret)).toBe(401);
  });

  it('suspends one, whose calls are refused until it is resumed', async () => {
    expect((await operator.run(['apps', 'suspend', app])).stdout).toBe(`${app} is suspended.\n`);
    expect(await signedWith(client.parts.signingSecret)).toBe(401);
    expect(await operator.json(['apps', 'resume', app])).toMatchObject({ id: app, suspended: false });
    expect(await signedWith(client.parts.signingSecret)).toBe(200);
  });

  it('changes what is named, and nothing else', async () => {
    const change = ['apps', 'change', app];
    const uris = ['--redirect-uri', 'com.example.bank:/a', '--redirect-uri', 'com.example.bank:/b'];
    expect(await operator.json([...change, '--tier', 'gold', ...uris])).toMatchObject({
      name: 'App',
      tier: 'gold',
      redirectUris: ['com.example.bank:/a', 'com.example.bank:/b'],
    });
    expect(
      await operator.json([...change, '--name', 'New', '--tier', '', '--redirect-uri', '']),
    ).toMatchObject({
      name: 'New',
      tier: null,
      redirectUris: [],
    });
    expect(await signedWith(client.parts.signingSecret)).toBe(200);
    await operator.json([...change, '--scopes', '']);
    expect(await signedWith(client.parts.signingSecret)).toBe(403);
    expect((await operator.run(change)).code).toBe(2);
  });

  it('lists them in a table, and as JSON', async () => {
    const table = await operator.run(['apps', 'list']);
    expect(table.stdout).toMatch(/^APP +NAME +TYPE +SCOPES +SESSIONS +SUSPENDED\n/);
    expect(table.stdout).toContain(app);
    expect(await operator.json<unknown[]>(['apps', 'list'])).toContainEqual(
      expect.objectContaining({ id: app }),
    );
  });

  it('removes one only when that is confirmed', async () => {
    const asked = await operator.run(['apps', 'remove', app, '--json']);
    expect([asked.code, complaintOf(asked)]).toMatchObject([2, { advice: 'Add --yes.' }]);
    expect((await operator.run(['apps', 'show', app])).code).toBe(0);
    expect(await operator.json(['apps', 'remove', app, '-y'])).toEqual({ removed: app });
    const gone = await operator.run(['apps', 'show', app, '--json']);
    expect([gone.code, complaintOf(gone)]).toMatchObject([1, { code: 'not_found', status: 404 }]);
  });

  it.each(['-29T4xPX-bOo35KdPW_C2w', '--9T4xPX-bOo35KdPW_C2w', '-y2'])(
    'takes %s for the id that it is, though it looks like an option',
    async (id) => {
      const words = ['apps', 'create', '--id', id, '--name', '-x1', '--client-type', 'public'];
      expect(await operator.json(words)).toMatchObject({ id, name: '-x1' });
      expect(await operator.json(['apps', 'change', id, '--tier', 'gold'])).toMatchObject({
        id,
        tier: 'gold',
      });
      expect(await operator.json(['apps', 'remove', id, '--yes'])).toEqual({ removed: id });
    },
  );

  it('says which members the server does not take, and repeats no value', async () => {
    const told = await operator.run([
      'apps',
      'create',
      '--name',
      'x',
      '--client-type',
      'public',
      '--id',
      'a/b',
      '--json',
    ]);
    expect([told.code, complaintOf(told)]).toMatchObject([
      1,
      { code: 'validation_failed', status: 422, errors: [{ path: 'id' }], requestId: expect.any(String) },
    ]);
    expect(
      (await operator.run(['apps', 'create', '--name', 'x', '--client-type', 'public', '--id', 'a/b']))
        .stderr,
    ).toMatch(/^ {2}id: expected 1 to 128/m);
  });

  it.each(['..', '.', ''])('takes %j for no id: it would be another path', async (id) => {
    for (const words of [
      ['apps', 'show'],
      ['apps', 'remove', '--yes'],
      ['sessions', 'end'],
    ]) {
      const told = await operator.run([...words, id, '--json']);
      expect([told.code, complaintOf(told).code]).toEqual([2, 'usage']);
    }
  });
});
