import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, startBank, type RunningBank } from '../support/bank.js';
import { noteSecret } from '../support/log-book.js';
import { complaintOf, Operator, portcullis } from './run-portcullis.js';

const newKey = () => noteSecret(randomBytes(32).toString('base64url'));

describe('A command line that cannot be worked with', () => {
  const key = newKey();
  const env = { PORTCULLIS_ADMIN_KEY: key, PORTCULLIS_URL: 'http://127.0.0.1:1' };

  it.each([
    ['no command', [], 'A command is missing'],
    ['no subcommand', ['apps'], 'A command is missing'],
    ['an unknown command', ['appz', 'list'], 'There is no command appz'],
    ['an unknown subcommand', ['apps', 'lizt'], 'There is no command lizt'],
    ['an unknown option', ['apps', 'list', '--frobnicate'], 'There is no option --frobnicate here'],
    ['an argument too few', ['apps', 'show'], "Missing required argument 'app'"],
    ['an argument too many', ['apps', 'list', 'extra'], 'Too many arguments'],
    ['an option without its value', ['apps', 'list', '--url'], 'argument missing'],
    ['a mandatory option left out', ['secrets', 'rotate', 'a'], "Required option '--purpose <purpose>'"],
    [
      'another purpose',
      ['secrets', 'rotate', 'a', '--purpose', 'x'],
      'expected one of signing, client, integrity',
    ],
    [
      'a bad duration',
      ['secrets', 'rotate', 'a', '--purpose', 'client', '--overlap', '1w'],
      'is no duration',
    ],
    [
      'a duration without a unit',
      ['secrets', 'rotate', 'a', '--purpose', 'client', '--overlap', '90'],
      'is no duration',
    ],
    [
      'a negative duration',
      ['secrets', 'rotate', 'a', '--purpose', 'client', '--overlap', '-15m'],
      'is no duration',
    ],
    ['a bad timeout', ['apps', 'list', '--timeout', '0'], 'expected 1s to 10m'],
    ['a bad time', ['audit', 'list', '--from', 'yesterday'], '--from: expected a time'],
    ['no address', ['apps', 'list', '--url', 'ftp://x'], 'no http or https URL'],
    [
      'an address with a password',
      ['apps', 'list', '--url', 'http://a:pass-1234@127.0.0.1'],
      'a user or a password',
    ],
    [
      'a key file that is not there',
      ['apps', 'list', '--key-file', '/nowhere/key'],
      'cannot be read (ENOENT)',
    ],
    ['nobody to ask for a password', ['users', 'create', 'ada'], 'Nobody is there to be asked'],
    ['nothing to confirm with', ['apps', 'remove', 'a'], 'nobody is there to be asked'],
  ])('%s ends with 2 and a sentence', async (_, words, sentence) => {
    const told = await portcullis(words, { env });
    expect([told.code, told.stdout]).toEqual([2, '']);
    expect(told.stderr).toContain(sentence);
    const asJson = await portcullis([...words, '--json'], { env });
    expect(asJson.code).toBe(2);
    expect(complaintOf(asJson).code).toBe('usage');
  });

  it.each([
    ['--key', ['--key', key, 'apps', 'list']],
    ['--key=', [`--key=${key}`, 'apps', 'list']],
    ['-k', [`-k${key}`, 'apps', 'list']],
    ['--token=', ['apps', 'list', `--token=${key}`]],
    ['--key-file', ['apps', 'list', '--key-file', key]],
    ['--timeout', ['apps', 'list', '--timeout', key]],
    ['--url', ['apps', 'list', '--url', key]],
    ['--url as a user', ['apps', 'list', '--url', `https://${key}@127.0.0.1`]],
    ['--purpose', ['secrets', 'rotate', 'a', '--purpose', key]],
    ['--limit', ['audit', 'list', '--from', key]],
    ['--password', ['users', 'change', 'ada', '--password', key]],
    ['--password=', ['users', 'create', 'ada', `--password=${key}`]],
    ['a command', [key]],
    ['a subcommand', ['apps', key]],
    ['an argument', ['apps', 'list', key]],
    ['--import-file', ['secrets', 'rotate', 'a', '--purpose', 'integrity', '--import-file', key]],
    ['--secret-file', ['keys', 'create', '--name', 'a', '--scopes', 'a', '--secret-file', `/nowhere/${key}`]],
  ])('repeats no secret that stands where it should not: %s', async (_, words) => {
    // Not known to the tool from elsewhere: nothing is hidden because it was seen before.
    const told = await portcullis(words, { env: { ...env, PORTCULLIS_ADMIN_KEY: newKey() } });
    expect([told.code, (told.stdout + told.stderr).includes(key)]).toEqual([2, false]);
  });

  it('says where a key belongs to whoever writes it on the command line', async () => {
    const { stderr } = await portcullis(['apps', 'list', '--key', key], { env });
    expect(stderr).toContain('PORTCULLIS_ADMIN_KEY or --key-file take the key');
  });

  it.each([
    undefined,
    '',
    '  ',
    'key with spaces',
    'short',
    `${'k'.repeat(20)}\u0000`.replace('\u0000', 'ü'),
  ])('takes %j for no key', async (wrong) => {
    const told = await portcullis(['apps', 'list'], { env: { ...env, PORTCULLIS_ADMIN_KEY: wrong } });
    expect([told.code, told.stderr]).toEqual([2, expect.stringContaining('Set PORTCULLIS_ADMIN_KEY')]);
  });

  it.each(['http://192.0.2.1', 'http://127.0.0.1.example.com', 'http://example.com:3000', 'http://[::2]'])(
    'sends the key to %s only when that is asked for',
    async (url) => {
      const told = await portcullis(['apps', 'list', '--url', url, '--json'], { env });
      expect([told.code, complaintOf(told).message]).toEqual([2, expect.stringContaining('unencrypted')]);
    },
  );

  it('has help for every command, with examples and what happens then', async () => {
    const groups = { apps: 7, secrets: 3, users: 7, scopes: 3, sessions: 3, keys: 3, audit: 1 };
    const commands: string[][] = [['doctor']];
    for (const [group, count] of Object.entries(groups)) {
      const { stdout } = await portcullis([group, '--help']);
      const [, listed = ''] = stdout.split('\nCommands:\n');
      const names = [...listed.matchAll(/^ {2}([a-z][a-z-]*) /gm)].map(([, name]) => name as string);
      const found = names.filter((name) => name !== 'help');
      expect([group, found.length]).toEqual([group, count]);
      commands.push(...found.map((name) => [group, name]));
    }
    const helps = await Promise.all(commands.map((words) => portcullis([...words, '--help'])));
    for (const { code, stdout } of helps)
      expect([code, stdout]).toEqual([
        0,
        expect.stringMatching(/Examples:\n {2}\$ portcullis [^]+What happens then:\n {2}\S/),
      ]);
  });

  it('documents its exit codes and its version', async () => {
    for (const words of [['help'], ['help', 'apps']]) expect((await portcullis(words)).code).toBe(0);
    expect((await portcullis(['--help'])).stdout).toMatch(
      /0 {2}done\n {2}1 [^]+4 {2}the key is not accepted/,
    );
    expect(await portcullis(['--version'])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
  });

  it('shows the stack of a bug to whoever asks for it, and to nobody else', async () => {
    const broken = 'data:text/javascript,globalThis.fetch=()=>{throw%20new%20RangeError(%22bug%22)}';
    const options = { env: { ...env, NODE_OPTIONS: `--import ${broken}` } };
    const { code, stderr } = await portcullis(['apps', 'list'], options);
    expect([code, stderr]).toEqual([
      1,
      'portcullis: This should not have happened (RangeError)\n  Try again with --debug, and report what it shows.\n',
    ]);
    expect((await portcullis(['apps', 'list', '--debug'], options)).stderr).toMatch(
      /RangeError: bug\n\s+at /,
    );
  });
});

describe('A key that the server does not take', () => {
  let bank: RunningBank;
  let folder: string;
  beforeAll(async () => {
    bank = await startBank('fastify');
    folder = mkdtempSync(join(tmpdir(), 'cli-'));
  });
  afterAll(async () => {
    await bank.stop();
    rmSync(folder, { recursive: true });
  });

  it('ends with 4', async () => {
    const told = await new Operator(bank.url, newKey()).run(['apps', 'list', '--json']);
    expect([told.code, complaintOf(told)]).toMatchObject([4, { code: 'admin_key_invalid', status: 401 }]);
  });

  it('may be in a file or come from stdin, before that of the environment', async () => {
    const operator = new Operator(bank.url, newKey());
    const file = join(folder, 'key');
    writeFileSync(file, `${bank.admin.key}\n`, { mode: 0o600 });
    expect(await operator.run(['apps', 'list', '--key-file', file])).toMatchObject({ code: 0, stderr: '' });
    expect(await operator.run(['apps', 'list', '--key-file', '-'], { input: bank.admin.key })).toMatchObject({
      code: 0,
    });
    chmodSync(file, 0o644);
    expect(await operator.run(['apps', 'list', '--key-file', file])).toMatchObject({
      code: 0,
      stderr: 'portcullis: Others on this machine can read the key file: chmod 600 it.\n',
    });
  });

  it('is no longer needed when the reader goes before the end', async () => {
    const operator = new Operator(bank.url, bank.admin.key);
    expect(await operator.run(['apps', 'list', '--url', `${bank.url}/`])).toMatchObject({ code: 0 });
  });
});

describe('Nobody listens', () => {
  it('ends with 3 and says how to name the server', async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    const told = await new Operator(url, newKey()).run(['apps', 'list']);
    expect(told).toEqual({
      code: 3,
      stdout: '',
      stderr: `portcullis: Nobody listens at ${url} (ECONNREFUSED)\n  Start the server, or say where it is with --url or PORTCULLIS_URL.\n`,
    });
  });

  it('names the host that is not there', async () => {
    const told = await new Operator('https://nowhere.invalid', newKey()).run(['apps', 'list']);
    expect([told.code, told.stderr]).toEqual([3, expect.stringMatching(/^portcullis: .*nowhere\.invalid/)]);
  });
});
