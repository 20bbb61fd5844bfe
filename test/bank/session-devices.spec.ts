import { startBank, type RunningBank } from '../support/bank.js';
import type { BankClient } from '../support/bank-client.js';
import { ADAPTERS } from '../support/host-app.js';
import { signedIn, signIn } from '../support/sign-in.js';

describe.each(ADAPTERS)('The user sees of a session on %s', (adapter) => {
  let bank: RunningBank;
  let app: BankClient;
  let user: Awaited<ReturnType<RunningBank['admin']['newUser']>>;

  beforeAll(async () => {
    bank = await startBank(adapter);
    app = await bank.admin.newApp();
  });
  beforeEach(async () => {
    user = await bank.admin.newUser();
  });
  afterAll(() => bank.stop());

  it('its app by name, its device, and the network that it was started from', async () => {
    const headers = { 'user-agent': 'Bank/7.1 (iPhone)' };
    await signIn({ app, ...user, headers, address: '203.0.113.77' });
    const address = '2001:db8:a:b::1';
    const client = await signedIn({ app, ...user, headers, address, body: { device: 'Zoë’s phone 🏦' } });
    const ofApp = { app: { id: app.parts.appId, name: 'App' }, appId: app.parts.appId, kind: 'opaque' };
    expect((await client.call('GET', '/sessions', { signature: 'none' })).body).toMatchObject([
      { ...ofApp, device: 'Zoë’s phone 🏦', startedFrom: '2001:db8:a::/48' },
      { ...ofApp, device: 'Bank/7.1 (iPhone)', startedFrom: '203.0.113.0/24' },
    ]);
    await bank.admin.call('PATCH', `/apps/${app.parts.appId}`, { name: 'Renamed' });
    expect((await client.call('GET', '/sessions', { signature: 'none' })).body).toMatchObject([
      { app: { name: 'Renamed' } },
      { app: { name: 'Renamed' } },
    ]);
  });

  it('no more of a long user agent than a list can show', async () => {
    const client = await signedIn({ app, ...user, headers: { 'user-agent': `Bank ${'x'.repeat(4000)}` } });
    expect((await client.call('GET', '/sessions', { signature: 'none' })).body).toMatchObject([
      { device: `Bank ${'x'.repeat(95)}` },
    ]);
  });

  it.each<[string, string]>([
    ['nothing', ''],
    ['a line break', 'a\nb'],
    ['what ends a terminal’s line', 'a\u001b[2Kb'],
    ['what turns the text around', 'a\u202eb'],
    ['half a character', 'a\ud83c'],
    ['more than a list can show', 'x'.repeat(101)],
  ])('no device that has in its name %s', async (_, device) => {
    const answer = await signIn({ app, ...user, body: { device } });
    expect(answer).toMatchObject({ status: 422, code: 'validation_failed' });
    expect(answer.body['errors']).toMatchObject([{ path: 'device' }]);
  });
});
