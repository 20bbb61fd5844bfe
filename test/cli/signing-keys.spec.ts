import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeOnOneDatabase } from '../support/databases.js';
import { noteSecret } from '../support/log-book.js';
import { startSigningKeyHost, type SigningKeyHost } from '../support/signing-key-host.js';
import { complaintOf } from './run-portcullis.js';

interface Key {
  readonly kid: string;
  readonly state: string;
  readonly secret?: string;
}

describeOnOneDatabase('The command-line tool operates signing keys', (open) => {
  let host: SigningKeyHost;
  beforeAll(async () => {
    host = await startSigningKeyHost(open, 'ES256');
  });
  afterAll(() => host.stop());

  const list = () => host.operator.json<Key[]>(['signing-keys', 'list']);

  it('rotates, lists and drops', async () => {
    const { operator } = host;
    expect((await operator.run(['signing-keys', 'list'])).stdout).toBe(
      'There are no signing keys yet: the first is made when a token is issued.\n',
    );
    const first = await operator.json<Key>(['signing-keys', 'rotate']);
    const told = await operator.run(['signing-keys', 'rotate', '--sign-in', '1h']);
    const [next] = (await list()) as [Key];
    expect([told.code, told.stdout]).toEqual([
      0,
      expect.stringMatching(new RegExp(`^The key ${next.kid} signs from \\S+ on\\.\n$`)),
    ]);
    const { stdout } = await operator.run(['signing-keys', 'list']);
    expect(stdout).toMatch(/^KEY +ALGORITHM +STATE +CREATED +SIGNS FROM +VERIFIES UNTIL\n/);
    expect(stdout).toMatch(new RegExp(`^${next.kid} +ES256 +waiting .+ -$`, 'm'));
    expect((await operator.run(['signing-keys', 'drop', first.kid])).code).toBe(2);
    expect(await list()).toHaveLength(2);
    const dropped = await operator.run(['signing-keys', 'drop', first.kid, '--yes']);
    expect([dropped.code, dropped.stdout]).toEqual([
      0,
      expect.stringMatching(
        new RegExp(`^The key ${first.kid} is dropped\\.\nThe key ${next.kid} signs from \\S+ on\\.\n$`),
      ),
    ]);
    expect((await list()).map(({ kid, state }) => [kid, state])).toEqual([[next.kid, 'signing']]);
    const gone = await operator.run(['signing-keys', 'drop', first.kid, '--yes', '--json']);
    expect([gone.code, complaintOf(gone).code]).toEqual([1, 'not_found']);
  });

  it('brings no secret to keys that are no secrets', async () => {
    const input = noteSecret(randomBytes(32).toString('base64'));
    const words = ['signing-keys', 'rotate', '--import-file', '-', '--json'];
    const told = await host.operator.run(words, { input });
    expect([told.code, complaintOf(told).code]).toEqual([1, 'validation_failed']);
    const both = [...words, '--secret-file', './never'];
    expect((await host.operator.run(both, { input })).code).toBe(2);
  });
});

describeOnOneDatabase('The command-line tool operates signing keys that are shared', (open) => {
  let host: SigningKeyHost;
  let folder: string;
  beforeAll(async () => {
    host = await startSigningKeyHost(open, 'HS256');
    folder = mkdtempSync(join(tmpdir(), 'cli-'));
  });
  afterAll(async () => {
    await host.stop();
    rmSync(folder, { recursive: true });
  });

  it('shows a secret once, or puts it into a file instead', async () => {
    const { stdout } = await host.operator.run(['signing-keys', 'rotate']);
    const [, shown = ''] = /^Secret: (\S+)$/m.exec(stdout) ?? [];
    expect(Buffer.from(noteSecret(shown), 'base64')).toHaveLength(32);
    const file = join(folder, 'next.secret');
    const made = await host.operator.json(['signing-keys', 'rotate', '--secret-file', file]);
    const secret = noteSecret(readFileSync(file, 'utf8').trim());
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(made).toMatchObject({ algorithm: 'HS256', state: 'waiting', secretFile: file });
    expect(JSON.stringify(made)).not.toContain(secret);
    expect((await host.operator.run(['signing-keys', 'list', '--json'])).stdout).not.toContain(shown);
  });

  it('takes the one that others have already, and does not repeat it', async () => {
    const input = noteSecret(randomBytes(32).toString('base64'));
    const told = await host.operator.run(['signing-keys', 'rotate', '--import-file', '-', '--json'], {
      input,
    });
    expect([told.code, (told.stdout + told.stderr).includes(input)]).toEqual([0, false]);
  });

  it('puts the secret of what signs instead of a dropped one into a file', async () => {
    for (const { kid, state } of await host.operator.json<Key[]>(['signing-keys', 'list']))
      if (state === 'waiting') await host.operator.json(['signing-keys', 'drop', kid, '--yes']);
    const [signing] = await host.operator.json<Key[]>(['signing-keys', 'list']);
    const file = join(folder, 'successor.secret');
    const words = ['signing-keys', 'drop', signing?.kid as string, '--yes', '--secret-file', file];
    const told = await host.operator.json<{ successor: Key }>(words);
    const secret = noteSecret(readFileSync(file, 'utf8').trim());
    expect(told).toMatchObject({ dropped: signing?.kid, successor: { state: 'signing' }, secretFile: file });
    expect(JSON.stringify(told)).not.toContain(secret);
  });
});
