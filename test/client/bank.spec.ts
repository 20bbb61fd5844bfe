import { randomUUID } from 'node:crypto';
import { PortcullisClient, type CallOptions, type ClientOptions } from '@portcullis/client';
import { startBank, type RunningBank } from '../support/bank.js';
import type { BankClient } from '../support/bank-client.js';
import { ADAPTERS } from '../support/host-app.js';
import { clientOf, CountingSource, NotedSessions, outcomeOf, SCHEMES } from './client-of.js';

type User = Awaited<ReturnType<RunningBank['admin']['newUser']>>;

describe.each(ADAPTERS.flatMap((adapter) => SCHEMES.map((scheme) => ({ adapter, scheme }))))(
  'An app of the bank, by its client with $scheme on $adapter',
  ({ adapter, scheme }) => {
    let bank: RunningBank;
    let app: BankClient;
    let user: User;
    let client: PortcullisClient;
    let source: CountingSource;
    // As the table of the bank's routes has it: only those that write demand a signature, and sign their answer.
    const defaults = { signature: false };
    const another = (options: Partial<ClientOptions> = {}) => clientOf(app, { scheme, defaults, ...options });
    beforeAll(async () => {
      bank = await startBank(adapter);
      app = await bank.admin.newApp();
      user = await bank.admin.newUser();
      source = new CountingSource(app);
      client = another({ integrity: { source } });
    });
    afterAll(() => bank.stop());

    const post = (path: string, body: object, headers: Record<string, string> = {}, call?: CallOptions) =>
      client.fetch(
        path,
        {
          method: 'POST',
          body: JSON.stringify(body),
          headers: { 'content-type': 'application/json', ...headers },
        },
        { signature: true, ...call },
      );
    const order = (to: string) => ({ from: user.account, to, amountMinor: 100, currency: 'EUR' });

    it('signs its user in, unless the password is wrong', async () => {
      const wrong = client.signIn({ username: user.username, password: 'something else' });
      await expect(wrong).rejects.toMatchObject({ code: 'user_token_invalid', status: 401 });
      expect(await outcomeOf(client.fetch('/accounts'))).toEqual([401, 'user_token_missing']);
      const session = await client.signIn(user);
      expect(session).toMatchObject({ expiresInSeconds: 1800, absoluteExpiresInSeconds: 43_200 });
      expect(session.scopes).toContain('transfers:write');
    });

    it('is answered on every route', async () => {
      const { account: to } = await bank.admin.newUser();
      expect(await (await client.fetch('/branches')).json()).toEqual(expect.any(Array));
      const accounts = (await (await client.fetch('/accounts')).json()) as { id: string }[];
      expect(accounts.map(({ id }) => id)).toEqual([user.account]);
      const made = await post('/transfers', { ...order(to), reference: 'Miete für März' });
      expect(made.status).toBe(201);
      const { id } = (await made.json()) as { id: string };
      expect(await (await client.fetch(`/transfers/${id}`)).json()).toMatchObject({
        id,
        reference: 'Miete für März',
      });
      const page = await client.fetch(`${bank.url}/accounts/${user.account}/transactions?limit=1`);
      expect(page.status).toBe(200);
      expect(await outcomeOf(post('/freezes', { accountId: randomUUID() }))).toEqual([404, 'not_found']);
      expect(await outcomeOf(client.fetch('/nothing'))).toEqual([404, 'not_found']);
      expect(await outcomeOf(client.fetch('/branches', { method: 'HEAD' }))).toEqual([200, undefined]);
    });

    it('presents what a call is told to present, and no more', async () => {
      const transfer = (call: CallOptions) => outcomeOf(post('/transfers', order(user.account), {}, call));
      expect(await transfer({ signature: false })).toEqual([401, 'signature_missing']);
      expect(await transfer({ integrity: false })).toEqual([401, 'integrity_token_missing']);
      expect(await transfer({ user: false })).toEqual([401, 'user_token_missing']);
      expect(await transfer({})).toEqual([422, 'validation_failed']);
    });

    it('takes no unsigned answer to a signed call, where its scheme signs answers', async () => {
      const signed = outcomeOf(client.fetch('/branches', {}, { signature: true }));
      expect(await signed).toEqual([200, scheme === 'hawk' ? 'answer_unauthentic' : undefined]);
      const unverified = client.fetch('/branches', {}, { signature: true, verifyAnswer: false });
      expect(await outcomeOf(unverified)).toEqual([200, undefined]);
    });

    it('[C15] may call again with the same idempotency key, and pays once', async () => {
      const { account: to } = await bank.admin.newUser();
      const headers = { 'idempotency-key': randomUUID() };
      const [first, again] = [
        await post('/transfers', order(to), headers),
        await post('/transfers', order(to), headers),
      ];
      expect(await again.json()).toEqual(await first.json());
      const otherwise = post('/transfers', { ...order(to), amountMinor: 1 }, headers);
      expect(await outcomeOf(otherwise)).toEqual([422, 'idempotency_mismatch']);
    });

    it('asks once for an integrity token, however many of its calls need one', async () => {
      const parallel = new CountingSource(app);
      const sessions = new NotedSessions();
      const other = another({ sessions, integrity: { source: parallel } });
      await other.signIn(user);
      expect(parallel.issued).toBe(0);
      const calls = Array.from({ length: 25 }, () => outcomeOf(other.fetch('/accounts')));
      expect(new Set((await Promise.all(calls)).map(([status]) => status))).toEqual(new Set([200]));
      expect(parallel.issued).toBe(1);
      await other.fetch('/accounts', {}, { integrity: 'fresh' });
      expect(parallel.issued).toBe(2);
    });

    it('asks for another integrity token after one was refused', async () => {
      let isDecoy = true;
      const issue = async () => {
        const token = app.integrityToken(isDecoy ? { exp: 1 } : {});
        return { token, expiresInSeconds: 300 };
      };
      const other = another({ integrity: { source: { issue } } });
      await other.signIn(user);
      expect(await outcomeOf(other.fetch('/accounts'))).toEqual([401, 'integrity_token_invalid']);
      isDecoy = false;
      expect(await outcomeOf(other.fetch('/accounts'))).toEqual([200, undefined]);
    });

    it('[I03] learns that its session was ended elsewhere, by a code of its own', async () => {
      const other = another();
      await other.signIn(user);
      const listed = await other.sessions();
      expect(listed.filter(({ current }) => current)).toHaveLength(1);
      expect(listed.every(({ expiresAt }) => Date.parse(expiresAt) > Date.now())).toBe(true);
      const { id } = listed.find(({ current }) => current) as { id: string };
      expect((await client.fetch(`/sessions/${id}`, { method: 'DELETE' })).status).toBe(204);
      expect(await outcomeOf(other.fetch('/accounts'))).toEqual([401, 'user_token_invalid']);
      await other.signOut();
      expect(await outcomeOf(other.fetch('/accounts'))).toEqual([401, 'user_token_missing']);
    });

    it('signs its user out, here and everywhere', async () => {
      const [one, two] = [another(), another()];
      await one.signIn(user);
      await two.signIn(user);
      await one.signOut();
      expect(await outcomeOf(one.fetch('/accounts'))).toEqual([401, 'user_token_missing']);
      expect(await outcomeOf(two.fetch('/accounts'))).toEqual([200, undefined]);
      await two.signOutEverywhere();
      expect(await outcomeOf(two.fetch('/accounts'))).toEqual([401, 'user_token_missing']);
      expect(await outcomeOf(client.fetch('/accounts'))).toEqual([401, 'user_token_invalid']);
      await client.signIn(user);
    });

    it('without a secret is named by its key, and reads what a named app may', async () => {
      const named = new PortcullisClient({
        origin: bank.url,
        app: { id: app.parts.appId },
        integrity: { source },
        sessions: new NotedSessions(),
      });
      await named.signIn(user);
      expect(await outcomeOf(named.fetch('/accounts'))).toEqual([200, undefined]);
      expect(await outcomeOf(named.fetch('/transfers', { method: 'POST' }))).toEqual([
        401,
        'signature_missing',
      ]);
    });
  },
);
