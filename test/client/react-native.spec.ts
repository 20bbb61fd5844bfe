import { createContext, runInContext, type Context } from 'node:vm';
import type * as Client from '@portcullis/client';
import { startBank, type RunningBank } from '../support/bank.js';
import type { BankClient } from '../support/bank-client.js';
import { ADAPTERS } from '../support/host-app.js';
import { engine, loadClient, OF_THE_PLATFORM } from './bare-platform.js';
import { CountingSource, NotedSessions, SCHEMES } from './client-of.js';
import { newTokenApp, NotedTokens } from './token-app.js';

const ABSENT = [
  'crypto',
  'Buffer',
  'atob',
  'btoa',
  'TextEncoder',
  'TextDecoder',
  'URL',
  'URLSearchParams',
  'Blob',
  'process',
  'require',
] as const;

describe.each(ADAPTERS)('The client where there is no WebCrypto, with a bank on %s', (adapter) => {
  let bank: RunningBank;
  let app: BankClient;
  let context: Context;
  let client: typeof Client;
  beforeAll(async () => {
    bank = await startBank(adapter);
    app = await bank.admin.newApp();
    context = createContext({ ...OF_THE_PLATFORM });
    client = loadClient(context);
  });
  afterAll(() => bank.stop());

  const optionsOf = (scheme: (typeof SCHEMES)[number], aheadSeconds = 0): Client.ClientOptions => ({
    origin: bank.url,
    app: { id: app.parts.appId, signing: { scheme, secret: app.parts.signingSecret } },
    integrity: { source: new CountingSource(app) },
    sessions: new NotedSessions(),
    clock: { now: () => Date.now() + aheadSeconds * 1000 },
  });

  it('finds nothing there that React Native may lack', () => {
    for (const name of ABSENT)
      expect([name, runInContext(`typeof ${name}`, context)]).toEqual([name, 'undefined']);
  });

  it.each(SCHEMES)(
    'signs with %s by a crypto port of plain functions, and corrects its clock',
    async (scheme) => {
      const user = await bank.admin.newUser();
      const { account: to } = await bank.admin.newUser();
      const ours = new client.PortcullisClient({ ...optionsOf(scheme, 3600), crypto: engine });
      await ours.signIn(user);
      const made = await ours.fetch('/transfers', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          from: user.account,
          to,
          amountMinor: 1,
          currency: 'EUR',
          reference: 'Für 🐈',
        }),
      });
      expect(await made.json()).toMatchObject({ amountMinor: 1, reference: 'Für 🐈' });
      const unsigned = { signature: false };
      expect((await ours.fetch('/accounts', {}, unsigned)).status).toBe(200);
      await ours.signOut();
      await expect(ours.fetch('/accounts', {}, unsigned)).rejects.toMatchObject({
        code: 'user_token_missing',
      });
    },
  );

  it('refreshes a session with tokens', async () => {
    const phone = await newTokenApp(bank);
    const user = await bank.admin.newUser();
    const { appId: id, signingSecret: secret } = phone.parts;
    const sessions = new NotedTokens();
    let aheadMs = 0;
    const ours = new client.PortcullisClient({
      ...optionsOf('rfc9421'),
      app: { id, signing: { scheme: 'rfc9421', secret } },
      integrity: { source: new CountingSource(phone) },
      clock: { now: () => Date.now() + aheadMs },
      crypto: engine,
      sessions,
    });
    await ours.signIn(user);
    const before = sessions.tokens;
    aheadMs = 300_000;
    expect((await ours.fetch('/accounts', {}, { signature: false })).status).toBe(200);
    expect(sessions.tokens?.accessToken).not.toBe(before?.accessToken);
    await ours.signOut();
    expect(sessions.tokens).toBeUndefined();
  });

  it('without such a port sends nothing and says what is missing', async () => {
    const ours = new client.PortcullisClient(optionsOf('rfc9421'));
    await expect(ours.fetch('/branches')).rejects.toThrow(/^crypto: /);
  });
});
