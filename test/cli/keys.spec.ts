import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startBank, type RunningBank } from '../support/bank.js';
import { noteSecret } from '../support/log-book.js';
import { complaintOf, Operator } from './run-portcullis.js';

interface Page {
  readonly events: readonly {
    id: string;
    action: string;
    actor: { kind: string };
    subject: { id: string };
  }[];
  readonly next: string | null;
}

describe('The command-line tool operates administration keys', () => {
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

  it('makes one that may do what it was made for and no more, until it is revoked', async () => {
    const file = join(folder, 'dashboard.key');
    const words = ['keys', 'create', '--name', 'dashboard', '--scopes', 'apps:read', '--expires-in', '1h'];
    const made = await operator.json([...words, '--secret-file', file]);
    const key = noteSecret(readFileSync(file, 'utf8').trim());
    expect(made).toMatchObject({ name: 'dashboard', scopes: ['apps:read'], secretFile: file });
    expect(JSON.stringify(made)).not.toContain(key);
    expect((await operator.run(['apps', 'list', '--key-file', file])).code).toBe(0);
    const other = await operator.run(['users', 'list', '--key-file', file, '--json']);
    expect([other.code, complaintOf(other).code]).toEqual([4, 'insufficient_scope']);
    expect((await operator.run(['keys', 'list'])).stdout).toContain('dashboard');
    expect((await operator.run(['keys', 'revoke', made['id'] as string])).code).toBe(2);
    await operator.json(['keys', 'revoke', made['id'] as string, '--yes']);
    const revoked = await operator.run(['apps', 'list', '--key-file', file, '--json']);
    expect([revoked.code, complaintOf(revoked).code]).toEqual([4, 'admin_key_invalid']);
  });

  it('shows one to a person once', async () => {
    const { stdout } = await operator.run(['keys', 'create', '--name', 'on call', '--scopes', 'users:read']);
    const [, key = ''] = /^Key: (\S+)$/m.exec(stdout) ?? [];
    noteSecret(key);
    expect(await operator.run(['users', 'list'], { env: { PORTCULLIS_ADMIN_KEY: key } })).toMatchObject({
      code: 0,
    });
    expect((await operator.run(['keys', 'list', '--json'])).stdout).not.toContain(key);
  });

  it('tells who did what, page by page', async () => {
    const words = ['apps', 'create', '--id', 'traced', '--name', 'x', '--client-type', 'public'];
    await operator.json(words);
    await operator.json(['apps', 'suspend', 'traced']);
    await operator.json(['apps', 'resume', 'traced']);
    const list = ['audit', 'list', '--subject', 'traced', '--from', '1h'];
    const { events } = await operator.json<Page>(list);
    expect(events.map(({ action }) => action)).toEqual(['app.changed', 'app.changed', 'app.registered']);
    expect(events[0]).toMatchObject({ actor: { kind: 'root-key' }, subject: { id: 'traced' } });
    const first = await operator.run([...list, '--limit', '2']);
    expect(first.stdout).toMatch(/^WHEN +WHO +DID +TO +FROM +DETAILS\n/);
    const [, next = ''] = /There is more: add --before (\S+)\n$/.exec(first.stdout) ?? [];
    const rest = await operator.json<Page>([...list, '--before', next]);
    expect(rest).toMatchObject({ events: [{ action: 'app.registered' }], next: null });
    const wrong = await operator.run(['audit', 'list', '--limit', '501', '--json']);
    expect([wrong.code, complaintOf(wrong).code]).toEqual([1, 'validation_failed']);
  });
});
