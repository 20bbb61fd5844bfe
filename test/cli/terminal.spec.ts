import { spawn } from 'node:child_process';
import { startBank, type RunningBank } from '../support/bank.js';
import { noteSecret } from '../support/log-book.js';
import { newPassword, signIn } from '../support/sign-in.js';
import { BUILT, environmentOf, Operator } from './run-portcullis.js';

describe('The command-line tool in front of a person', () => {
  let bank: RunningBank;
  let operator: Operator;
  beforeAll(async () => {
    bank = await startBank('fastify');
    operator = new Operator(bank.url, bank.admin.key);
  });
  afterAll(() => bank.stop());

  /** On a terminal of its own; each answer is typed when its question is there. */
  const type = (words: readonly string[], answers: readonly [question: string, answer: string][]) => {
    const command = [process.execPath, BUILT, ...words].map((word) => `'${word}'`).join(' ');
    const env = environmentOf({ PORTCULLIS_URL: bank.url, PORTCULLIS_ADMIN_KEY: noteSecret(bank.admin.key) });
    const child = spawn('script', ['-qefc', command, '/dev/null'], { env });
    const left = [...answers];
    let shown = '';
    let unread = '';
    child.stdout.on('data', (chunk) => {
      shown += String(chunk);
      unread += String(chunk);
      const [next] = left;
      if (!next || !unread.includes(next[0])) return;
      left.shift();
      unread = '';
      child.stdin.write(`${next[1]}\r`);
    });
    return new Promise<{ code: number | null; shown: string }>((resolve) =>
      child.on('close', (code) => resolve({ code, shown })),
    );
  };

  it('asks for a password without showing it', async () => {
    const password = newPassword();
    const { code, shown } = await type(
      ['users', 'create', 'ada'],
      [
        ['New password: ', password],
        ['The same again: ', password],
      ],
    );
    expect([code, shown.includes(password)]).toEqual([0, false]);
    const app = await bank.admin.newApp();
    expect((await signIn({ app, username: 'ada', password })).status).toBe(201);
  });

  it('takes two passwords that differ for none', async () => {
    const { code, shown } = await type(
      ['users', 'create', 'grace'],
      [
        ['New password: ', newPassword()],
        ['The same again: ', newPassword()],
      ],
    );
    expect([code, shown]).toEqual([2, expect.stringContaining('the two are not the same')]);
    expect((await operator.run(['users', 'show', 'grace'])).code).toBe(1);
  });

  it('asks before it removes', async () => {
    const remove = ['apps', 'remove', 'asked'];
    await operator.json(['apps', 'create', '--id', 'asked', '--name', 'x', '--client-type', 'public']);
    for (const answer of ['no', '', 'y', '\u0003', '\u0004']) {
      const { code, shown } = await type(remove, [['Type yes: ', answer]]);
      expect([answer, code, shown]).toEqual([answer, 2, expect.stringContaining('it was not confirmed')]);
    }
    expect((await operator.run(['apps', 'show', 'asked'])).code).toBe(0);
    expect((await type(remove, [['Type yes: ', 'yes']])).code).toBe(0);
    expect((await operator.run(['apps', 'show', 'asked'])).code).toBe(1);
  });

  it('ends in silence when whoever reads goes first', async () => {
    const child = spawn('bash', ['-c', `'${process.execPath}' '${BUILT}' apps list --json | true`], {
      env: environmentOf({ PORTCULLIS_URL: bank.url, PORTCULLIS_ADMIN_KEY: bank.admin.key }),
    });
    let complained = '';
    child.stderr.on('data', (chunk) => (complained += String(chunk)));
    await new Promise((resolve) => child.on('close', resolve));
    expect(complained).toBe('');
  });
});
