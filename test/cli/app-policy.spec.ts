import { startBank, type RunningBank } from '../support/bank.js';
import { complaintOf, Operator } from './run-portcullis.js';

describe('The command-line tool says how the users of an app are signed in', () => {
  let bank: RunningBank;
  let operator: Operator;
  beforeAll(async () => {
    bank = await startBank('fastify');
    operator = new Operator(bank.url, bank.admin.key);
  });
  afterAll(() => bank.stop());

  it('when it is registered and later, and leaves what is not named', async () => {
    const words = [
      'apps',
      'create',
      '--name',
      'Phone',
      '--client-type',
      'public',
      '--session-kind',
      'tokens',
    ];
    const { id } = await operator.json<{ id: string }>([...words, '--no-refresh-rotation']);
    expect((await operator.run(['apps', 'show', id])).stdout).toMatch(
      /^SESSIONS +tokens$[^]*^REFRESH ROTATION +no$/m,
    );
    const change = ['apps', 'change', id];
    const kept = { sessionKind: 'tokens', refreshRotation: false };
    expect(await operator.json([...change, '--name', 'New'])).toMatchObject(kept);
    expect(await operator.json([...change, '--refresh-rotation'])).toMatchObject({
      ...kept,
      refreshRotation: true,
    });
    expect(await operator.json([...change, '--session-kind', 'opaque'])).toMatchObject({
      sessionKind: 'opaque',
      refreshRotation: true,
    });
    const mistaken = await operator.run([...change, '--session-kind', 'cookies', '--json']);
    expect([mistaken.code, complaintOf(mistaken).code]).toEqual([2, 'usage']);
  });
});
