import { startBank, type RunningBank } from '../support/bank.js';
import type { BankClient } from '../support/bank-client.js';
import { noteSecret } from '../support/log-book.js';
import { signedIn, signIn, newPassword } from '../support/sign-in.js';
import { complaintOf, Operator } from './run-portcullis.js';

describe('The command-line tool operates users', () => {
  let bank: RunningBank;
  let operator: Operator;
  let app: BankClient;
  let password: string;
  let username: string;
  let count = 0;
  beforeAll(async () => {
    bank = await startBank('express');
    operator = new Operator(bank.url, bank.admin.key);
    app = await bank.admin.newApp();
  });
  beforeEach(async () => {
    count += 1;
    username = `Ada-${count}`;
    password = newPassword();
    const words = [
      'users',
      'create',
      username,
      '--password-stdin',
      '--scopes',
      'accounts:read branches:read',
    ];
    await operator.json(words, { input: `${password}\n` });
  });
  afterAll(() => bank.stop());

  const login = (as = password) => signIn({ app, username, password: as });
  const accounts = async (client: BankClient) => {
    const { status, code } = await client.call('GET', '/accounts');
    return [status, code];
  };

  it('registers one, who signs in', async () => {
    expect((await login()).status).toBe(201);
  });

  it('shows no password that it was given', async () => {
    const secret = newPassword();
    const told = await operator.run(['users', 'create', 'grace', '--password-stdin'], { input: secret });
    expect([told.code, (told.stdout + told.stderr).includes(secret)]).toEqual([0, false]);
    const again = await operator.run(['users', 'create', 'grace', '--password-stdin'], { input: secret });
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('username: is taken')]);
  });

  it('finds one by the id, and by the username in any spelling', async () => {
    const { id } = await operator.json(['users', 'show', username]);
    expect(await operator.json(['users', 'show', username.toUpperCase()])).toMatchObject({ id, username });
    expect(await operator.json(['users', 'show', id as string])).toMatchObject({ id, username });
    const told = await operator.run(['users', 'show', 'nobody', '--json']);
    expect([told.code, complaintOf(told).code]).toEqual([1, 'not_found']);
  });

  it('suspends and resumes one', async () => {
    const client = await signedIn({ app, username, password });
    await operator.json(['users', 'suspend', username]);
    expect([(await login()).status, await accounts(client)]).toEqual([401, [401, 'user_token_invalid']]);
    await operator.json(['users', 'resume', username]);
    expect((await login()).status).toBe(201);
  });

  it('changes a password, which ends the sessions', async () => {
    const client = await signedIn({ app, username, password });
    const other = newPassword();
    await operator.json(['users', 'change', username, '--password-stdin'], { input: other });
    expect([(await login()).status, (await login(other)).status]).toEqual([401, 201]);
    expect(await accounts(client)).toEqual([401, 'user_token_invalid']);
  });

  it('limits what one may do through an app, and takes the limit away', async () => {
    const client = await signedIn({ app, username, password });
    const { appId } = app.parts;
    expect(await accounts(client)).toEqual([200, undefined]);
    await operator.json(['scopes', 'set', username, appId, 'branches:read']);
    expect(await accounts(client)).toEqual([403, 'insufficient_scope']);
    expect(await operator.json(['scopes', 'list', username])).toEqual([{ appId, scopes: ['branches:read'] }]);
    expect((await operator.run(['scopes', 'set', username, appId])).code).toBe(2);
    expect(await operator.json(['scopes', 'set', username, appId, '--none'])).toMatchObject({ scopes: [] });
    await operator.json(['scopes', 'clear', username, appId]);
    expect(await accounts(client)).toEqual([200, undefined]);
  });

  it('ends one session and not the other, and then all of them', async () => {
    const clients = [
      await signedIn({ app, username, password }),
      await signedIn({ app, username, password }),
      await signedIn({ app, username, password }),
    ] as const;
    const list = ['sessions', 'list', username];
    expect((await operator.run(list)).stdout).toMatch(
      /^SESSION +APP +KIND +DEVICE +FROM +SCOPES +STARTED +LAST USED +EXPIRES\n.* opaque +node +198\.18\./,
    );
    const [newest] = await operator.json<{ id: string }[]>(list);
    expect(await operator.json(['sessions', 'end', newest?.id as string])).toEqual({ ended: newest?.id });
    expect(await accounts(clients[2])).toEqual([401, 'user_token_invalid']);
    expect(await accounts(clients[1])).toEqual([200, undefined]);
    expect((await operator.run(['sessions', 'list', '--by-id', username])).code).toBe(1);
    const { userId } = newest as unknown as { userId: string };
    expect(await operator.json(['sessions', 'list', '--by-id', userId])).toHaveLength(2);
    expect((await operator.run(['sessions', 'end-all', username])).code).toBe(2);
    expect(await accounts(clients[1])).toEqual([200, undefined]);
    await operator.json(['sessions', 'end-all', username, '--yes']);
    for (const client of clients) expect(await accounts(client)).toEqual([401, 'user_token_invalid']);
    expect((await operator.run(list)).stdout).toBe('The user has no sessions.\n');
  });

  it('is told by the server why one with accounts cannot be removed', async () => {
    const told = await operator.run(['users', 'remove', username, '--yes', '--json']);
    expect([told.code, complaintOf(told).code]).toEqual([1, 'validation_failed']);
  });

  it('reads one thing from stdin, not two', async () => {
    const words = ['users', 'change', username, '--password-stdin', '--key-file', '-'];
    const told = await operator.run(words, { input: noteSecret(`${bank.admin.key}\n`).trim() });
    expect([told.code, told.stderr]).toEqual([2, expect.stringContaining('cannot both read stdin')]);
  });
});
