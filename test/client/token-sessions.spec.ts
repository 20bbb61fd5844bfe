import { randomUUID } from 'node:crypto';
import { Clock, PortcullisClient, SessionError, type ClientOptions } from '@portcullis/client';
import type { Customer } from '../support/admin-client.js';
import { startBank, type RunningBank } from '../support/bank.js';
import type { BankClient } from '../support/bank-client.js';
import { ADAPTERS } from '../support/host-app.js';
import { CountingSource, outcomeOf, SCHEMES } from './client-of.js';
import { claimOf, newTokenApp, NotedTokens } from './token-app.js';

type User = Awaited<ReturnType<RunningBank['admin']['newUser']>>;

/** A device whose clock is set while it runs. */
class SetClock extends Clock {
  aheadMs = 0;

  override now(): number {
    return Date.now() + this.aheadMs;
  }
}

const ACCESS_LIFE_MS = 300_000;

describe.each(ADAPTERS.flatMap((adapter) => SCHEMES.map((scheme) => ({ adapter, scheme }))))(
  'A session with tokens of the bank, by the client with $scheme on $adapter',
  ({ adapter, scheme }) => {
    let bank: RunningBank;
    let app: BankClient;
    let user: User;
    beforeAll(async () => {
      bank = await startBank(adapter);
      app = await newTokenApp(bank);
      user = await bank.admin.newUser();
    });
    afterAll(() => bank.stop());

    /** Signed in, with a clock of its own and a count of what it asked the token endpoint for. */
    const signedIn = async (options: Partial<ClientOptions> = {}) => {
      const sessions = new NotedTokens();
      const clock = new SetClock();
      const refreshes: string[] = [];
      const signedOut = jest.fn();
      const { appId, signingSecret, url } = app.parts;
      const all: ClientOptions = {
        origin: url,
        app: { id: appId, signing: { scheme, secret: signingSecret } },
        integrity: { source: new CountingSource(app) },
        defaults: { signature: false },
        sessions,
        clock,
        device: 'Ada’s phone',
        onSignedOut: signedOut,
        fetch: (input, init) => {
          if (String(input).endsWith('/oauth/token')) refreshes.push(init?.body as string);
          return fetch(input, init);
        },
        ...options,
      };
      const client = new PortcullisClient(all);
      const started = await client.signIn(user);
      const another = () => new PortcullisClient(all);
      return { client, started, sessions, clock, refreshes, signedOut, another };
    };
    const transfer = (to: Customer['account']) => ({
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': randomUUID() },
      body: JSON.stringify({ from: user.account, to, amountMinor: 1, currency: 'EUR', reference: 'x' }),
    });
    const revoke = async (target: object) => {
      expect((await bank.admin.call('POST', '/revocations', target)).status).toBe(201);
    };

    it('is started, used, shown and ended', async () => {
      const { client, started, sessions } = await signedIn();
      expect(started).toMatchObject({ kind: 'tokens', absoluteExpiresInSeconds: undefined });
      expect(started.expiresInSeconds).toBeGreaterThan(86_400);
      expect(sessions.load()).toMatch(/^[\x20-\x7e]{1,2048}$/);
      expect(await outcomeOf(client.fetch('/accounts'))).toEqual([200, undefined]);
      const made = await client
        .fetch('/transfers', transfer(user.account), { signature: true })
        .catch(String);
      expect(made).toContain('validation_failed');
      const shown = (await client.sessions()).find(({ current }) => current);
      expect(shown).toMatchObject({
        kind: 'tokens',
        device: 'Ada’s phone',
        app: { id: app.parts.appId, name: 'Bank for iPhone' },
        startedFrom: expect.any(String) as string,
      });
      const { accessToken, refreshToken } = sessions.tokens ?? {};
      await client.signOut();
      expect(sessions.load()).toBeUndefined();
      const headers = { authorization: `Bearer ${accessToken}` };
      expect(await outcomeOf(client.fetch('/accounts', { headers }))).toEqual([401, 'user_token_invalid']);
      const body = new URLSearchParams({
        grant_type: 'refresh_token',
        refresh_token: refreshToken as string,
        client_id: app.parts.appId,
      });
      const refused = await fetch(`${bank.url}/oauth/token`, { method: 'POST', body });
      expect([refused.status, ((await refused.json()) as { error: string }).error]).toEqual([
        400,
        'invalid_grant',
      ]);
    });

    it('[G16] is refreshed once for 20 parallel calls, ahead of the end of its access token', async () => {
      const { client, clock, refreshes, sessions } = await signedIn();
      const before = sessions.tokens;
      clock.aheadMs = ACCESS_LIFE_MS;
      const calls = Array.from({ length: 20 }, () => outcomeOf(client.fetch('/accounts')));
      for (const outcome of await Promise.all(calls)) expect(outcome).toEqual([200, undefined]);
      expect(refreshes).toHaveLength(1);
      expect(sessions.tokens?.refreshToken).not.toBe(before?.refreshToken);
    });

    it('[G16] is refreshed once when its access token is revoked under 20 parallel calls', async () => {
      const { client, refreshes, sessions } = await signedIn();
      await revoke({ jti: claimOf(sessions.tokens as NonNullable<typeof sessions.tokens>, 'jti') });
      const calls = Array.from({ length: 20 }, () => outcomeOf(client.fetch('/accounts')));
      for (const outcome of await Promise.all(calls)) expect(outcome).toEqual([200, undefined]);
      expect(refreshes).toHaveLength(1);
    });

    it('moves money once with a signed call whose access token was revoked', async () => {
      const { client, refreshes, sessions } = await signedIn();
      const { client: payee, account } = await bank.admin.newCustomer();
      await revoke({ jti: claimOf(sessions.tokens as NonNullable<typeof sessions.tokens>, 'jti') });
      const made = await client.fetch('/transfers', transfer(account), { signature: true });
      expect([made.status, refreshes.length]).toEqual([201, 1]);
      const { body } = await payee.call('GET', `/accounts/${account}/transactions`);
      expect(JSON.stringify(body).split('"amountMinor":1,').length - 1).toBe(1);
    });

    it('[G04] is refreshed by several processes at a time, of which nobody is signed out', async () => {
      const { clock, sessions, signedOut, another } = await signedIn();
      for (let round = 1; round <= 3; round += 1) {
        clock.aheadMs = ACCESS_LIFE_MS * round;
        const calls = Array.from({ length: 5 }, () => outcomeOf(another().fetch('/accounts')));
        for (const outcome of await Promise.all(calls)) expect(outcome).toEqual([200, undefined]);
      }
      expect([typeof sessions.load(), signedOut.mock.calls]).toEqual(['string', []]);
    });

    it('gets the same successor again when the answer is lost after the server has rotated', async () => {
      const successors: string[] = [];
      let losing = true;
      const { client, clock, sessions, signedOut } = await signedIn({
        fetch: async (input, init) => {
          const answer = await fetch(input, init);
          if (!String(input).endsWith('/oauth/token')) return answer;
          successors.push(((await answer.clone().json()) as { refresh_token: string }).refresh_token);
          if (!losing) return answer;
          losing = false;
          throw new TypeError('fetch failed');
        },
      });
      clock.aheadMs = ACCESS_LIFE_MS;
      expect(await outcomeOf(client.fetch('/accounts'))).toEqual([200, undefined]);
      expect(successors).toHaveLength(2);
      expect(new Set(successors)).toEqual(new Set([sessions.tokens?.refreshToken]));
      clock.aheadMs = 2 * ACCESS_LIFE_MS;
      expect(await outcomeOf(client.fetch('/accounts'))).toEqual([200, undefined]);
      expect(signedOut).not.toHaveBeenCalled();
    });

    it('signs its user out when it is revoked, and at no other time', async () => {
      const { client, sessions, signedOut } = await signedIn();
      const tokens = sessions.tokens as NonNullable<typeof sessions.tokens>;
      await revoke({ familyId: claimOf(tokens, 'sid') });
      const error = await client.fetch('/accounts').catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(SessionError);
      expect(error).toMatchObject({ code: 'session_ended' });
      expect([sessions.load(), signedOut.mock.calls.length]).toEqual([undefined, 1]);
      expect(await outcomeOf(client.fetch('/branches'))).toEqual([200, undefined]);
    });

    it('is ended by a sign-out whose access token is over', async () => {
      const { client, clock, sessions } = await signedIn();
      const sid = claimOf(sessions.tokens as NonNullable<typeof sessions.tokens>, 'sid');
      clock.aheadMs = ACCESS_LIFE_MS;
      await client.signOut();
      const { client: other } = await signedIn();
      expect((await other.sessions()).map(({ id }) => id)).not.toContain(sid);
    });

    it.each([-3_600_000, 3_600_000])('is kept by a device whose clock is off by %i ms', async (off) => {
      const clock = new SetClock();
      clock.aheadMs = off;
      const { client, refreshes } = await signedIn({ clock, defaults: {} });
      const signed = { signature: true, verifyAnswer: false };
      expect(await outcomeOf(client.fetch('/accounts', {}, signed))).toEqual([200, undefined]);
      expect(refreshes).toHaveLength(0);
      clock.aheadMs = off + ACCESS_LIFE_MS;
      expect(await outcomeOf(client.fetch('/accounts', {}, signed))).toEqual([200, undefined]);
      expect(refreshes).toHaveLength(1);
    });

    it('is refreshed by a confidential app that proves who it is, and not by one that does not', async () => {
      const till = await newTokenApp(bank, { clientType: 'confidential', signing: undefined });
      const { appId: id } = till.parts;
      const { sessions, clock } = await signedIn({
        app: { id, clientSecret: async () => till.clientSecret },
      });
      clock.aheadMs = ACCESS_LIFE_MS;
      const options = { origin: bank.url, sessions, clock };
      const without = new PortcullisClient({ ...options, app: { id } });
      const error = await without.sessions().catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'refresh_refused', oauthError: 'invalid_client', status: 401 });
      const withSecret = new PortcullisClient({
        ...options,
        app: { id, clientSecret: till.clientSecret },
      });
      expect((await withSecret.sessions()).map(({ kind }) => kind)).toContain('tokens');
    });
  },
);
