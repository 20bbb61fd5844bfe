import { randomBytes } from 'node:crypto';
import { startBank, type RunningBank } from '../support/bank.js';
import type { Customer } from '../support/admin-client.js';
import { complaintOf, Operator } from './run-portcullis.js';

interface Revocation {
  readonly kind: string;
  readonly id: string;
  readonly before: string | null;
}

describe('The command-line tool revokes', () => {
  let bank: RunningBank;
  let operator: Operator;
  let customer: Customer;
  beforeAll(async () => {
    bank = await startBank('fastify');
    operator = new Operator(bank.url, bank.admin.key);
  });
  beforeEach(async () => {
    customer = await bank.admin.newCustomer();
  });
  afterAll(() => bank.stop());

  const answer = async () => (await customer.client.call('GET', '/accounts')).status;
  const list = (...words: string[]) => operator.json<Revocation[]>(['revocations', 'list', ...words]);

  it('one token by its jti, whatever that looks like', async () => {
    for (const jti of [randomBytes(16).toString('base64url'), '-starts-with-a-dash', 'with spaces é'])
      expect(await operator.json(['revoke', 'token', jti])).toMatchObject({ kind: 'token', id: jti });
    const { stdout, code } = await operator.run(['revoke', 'token', 'some-jti']);
    expect([code, stdout]).toEqual([0, 'The token is revoked.\n']);
  });

  it('no token that stands where its jti should', async () => {
    const token = 'eyJhbGciOiJFUzI1NiJ9.eyJqdGkiOiJhIn0.c2lnbmF0dXJl';
    const told = await operator.run(['revoke', 'token', token, '--json']);
    expect([told.code, complaintOf(told).code, told.stderr.includes(token)]).toEqual([2, 'usage', false]);
    expect(JSON.stringify(await list('--limit', '500'))).not.toContain(token);
  });

  it('one session', async () => {
    const [session] = await operator.json<{ id: string }[]>(['sessions', 'list', '--by-id', customer.userId]);
    expect(await answer()).toBe(200);
    const told = await operator.run(['revoke', 'session', session?.id as string]);
    expect([told.code, told.stdout]).toEqual([0, 'The session is revoked.\n']);
    expect(await answer()).toBe(401);
  });

  it('what a user has begun, once that is confirmed', async () => {
    const { id, username } = (await bank.admin.call('GET', `/users/${customer.userId}`)).body as {
      id: string;
      username?: string;
    };
    expect((await operator.run(['revoke', 'user', username as string])).code).toBe(2);
    expect(await answer()).toBe(200);
    const told = await operator.run(['revoke', 'user', username as string, '--yes']);
    expect([told.code, told.stdout]).toEqual([0, `What ${username} had begun is revoked.\n`]);
    expect(await answer()).toBe(401);
    const words = ['revoke', 'user', '--by-id', 'another-issuers-user', '--yes'];
    expect(await operator.json(words)).toMatchObject({ kind: 'user', id: 'another-issuers-user' });
    expect((await list())[1]).toMatchObject({ kind: 'user', id });
  });

  it('what was begun through an app, or by anybody, before a moment or up to now', async () => {
    const { appId } = customer.client.parts;
    expect((await operator.run(['revoke', 'app', appId])).code).toBe(2);
    expect((await operator.run(['revoke', 'all'])).code).toBe(2);
    await operator.json(['revoke', 'app', appId, '--before', '1h', '--yes']);
    await operator.json(['revoke', 'all', '--before', '2020-01-31T12:00:00Z', '--yes']);
    expect(await answer()).toBe(200);
    const [ofAll, ofApp] = await list('--limit', '2');
    expect(ofAll).toMatchObject({ kind: 'all', id: '*', before: '2020-01-31T12:00:00.000Z' });
    expect(ofApp).toMatchObject({ kind: 'app', id: appId });
    expect(Date.now() - Date.parse(ofApp?.before as string)).toBeGreaterThanOrEqual(3_600_000);
    const told = await operator.run(['revoke', 'app', appId, '--yes']);
    expect([told.code, told.stdout]).toEqual([0, `What was begun through ${appId} is revoked.\n`]);
    expect(await answer()).toBe(401);
  });

  it('nothing before a moment that is none, or that is far ahead', async () => {
    for (const before of ['yesterday', '5x', '']) {
      const told = await operator.run(['revoke', 'all', '--before', before, '--yes', '--json']);
      expect([told.code, complaintOf(told).code]).toEqual([2, 'usage']);
    }
    const ahead = new Date(Date.now() + 7_200_000).toISOString();
    const told = await operator.run(['revoke', 'all', '--before', ahead, '--yes', '--json']);
    expect([told.code, complaintOf(told).code]).toEqual([1, 'validation_failed']);
    expect(await answer()).toBe(200);
  });

  it('and lists what is revoked', async () => {
    await operator.json(['revoke', 'user', '--by-id', 'listed', '--yes']);
    const { stdout } = await operator.run(['revocations', 'list', '--limit', '1']);
    expect(stdout).toMatch(
      /^REVOKED +ID +BEGUN BEFORE +WHEN +REMEMBERED UNTIL\nuser +listed +\S+ +\S+ +\S+\n$/,
    );
    const wrong = await operator.run(['revocations', 'list', '--limit', '501', '--json']);
    expect([wrong.code, complaintOf(wrong).code]).toEqual([1, 'validation_failed']);
  });
});
