import { MemorySessionStore } from '@portcullis/client';
import type { Between } from './fake-server.js';
import { LOST, waits } from './fake-server.js';
import { elapsed, failure, settled, signedIn, userOf, useStandingClock } from './signed-in-client.js';

const OVER_MS = 300_000;
const times = (count: number, between: Between): Between[] => Array.from({ length: count }, () => between);
const says =
  (body: object, status: number): Between =>
  async () =>
    Response.json(body, { status });

describe('A refresh that is not answered', () => {
  useStandingClock();

  it.each(Object.entries(LOST))('is tried again with the same refresh token when %s', async (_, lost) => {
    const { client, server, signedOut } = await signedIn();
    await elapsed(OVER_MS);
    server.between.push(lost);
    const calls = Array.from({ length: 10 }, () => userOf(client.fetch('/accounts')));
    expect(new Set(await Promise.all(calls))).toEqual(new Set(['ada']));
    const presented = server.to('/oauth/token').map(({ body }) => body);
    expect([presented.length, new Set(presented).size]).toEqual([2, 1]);
    await elapsed(OVER_MS);
    expect(await userOf(client.fetch('/accounts'))).toBe('ada');
    expect([server.reuses, signedOut.mock.calls]).toEqual([0, []]);
  });

  it('is tried for 20 s, and then says: come again', async () => {
    const { client, server, sessions, signedOut } = await signedIn();
    await elapsed(OVER_MS);
    const kept = sessions.load();
    const down = new TypeError('fetch failed');
    server.between.push(...times(100, () => Promise.reject(down)));
    const begunAtMs = Date.now();
    const error = await failure(client.fetch('/accounts'));
    expect(error).toMatchObject({ name: 'SessionError', code: 'refresh_unanswered', cause: down });
    expect(Date.now() - begunAtMs).toBeLessThanOrEqual(20_000);
    expect(Date.now() - begunAtMs).toBeGreaterThan(14_000);
    expect(server.refreshes()).toBeGreaterThan(5);
    expect(server.refreshes()).toBeLessThan(20);
    expect([sessions.load(), signedOut.mock.calls]).toEqual([kept, []]);
    server.between.length = 0;
    expect(await userOf(client.fetch('/accounts'))).toBe('ada');
  });

  it('is not waited for longer than the client is told, though nobody ever answers', async () => {
    const { client, server } = await signedIn({ refreshTimeLimitSeconds: 3 });
    await elapsed(OVER_MS);
    server.between.push(...times(100, () => new Promise(() => {})));
    const begunAtMs = Date.now();
    expect(await failure(client.fetch('/accounts'))).toMatchObject({ code: 'refresh_unanswered' });
    expect(Date.now() - begunAtMs).toBeLessThanOrEqual(3_050);
  });

  it.each([-3_600_000, 3_600_000])(
    'is tried as long when the clock is set by %i ms meanwhile',
    async (step) => {
      let off = 0;
      const { client, server } = await signedIn({ clock: { now: () => Date.now() + off } });
      await elapsed(OVER_MS);
      server.between.push(async () => {
        off = step;
        throw new TypeError('fetch failed');
      });
      server.between.push(...times(100, LOST['the connection is cut on the way there']));
      const begunAtMs = Date.now();
      expect(await failure(client.fetch('/accounts'))).toMatchObject({ code: 'refresh_unanswered' });
      // Set back, the clock gives the token back its life: the call is refused for it, and refreshes once more.
      expect(Date.now() - begunAtMs).toBeLessThanOrEqual(step > 0 ? 20_000 : 40_000);
      expect(server.refreshes()).toBeGreaterThan(2);
    },
  );

  it('gives up a try that hangs, in time for others', async () => {
    const { client, server } = await signedIn();
    await elapsed(OVER_MS);
    const stopped: boolean[] = [];
    server.between.push(
      ...times(2, (_, signal) => {
        signal?.addEventListener('abort', () => stopped.push(true));
        return new Promise(() => {});
      }),
    );
    expect(await userOf(client.fetch('/accounts'))).toBe('ada');
    expect([stopped, server.refreshes()]).toEqual([[true, true], 3]);
  });

  it('waits as long as the server asks for', async () => {
    const { client, server } = await signedIn();
    await elapsed(OVER_MS);
    server.between.push(waits('7'));
    const begunAtMs = Date.now();
    expect(await userOf(client.fetch('/accounts'))).toBe('ada');
    expect(Date.now() - begunAtMs).toBeGreaterThanOrEqual(7_000);
    expect(Date.now() - begunAtMs).toBeLessThan(8_000);
  });

  it('says at once how long to stay away, when that is longer than it would try', async () => {
    const { client, server } = await signedIn();
    await elapsed(OVER_MS);
    server.between.push(waits('60'));
    const begunAtMs = Date.now();
    expect(await failure(client.fetch('/accounts'))).toMatchObject({
      code: 'refresh_unanswered',
      status: 503,
      retryAfterSeconds: 60,
    });
    expect([Date.now() - begunAtMs < 1_000, server.refreshes()]).toEqual([true, 1]);
  });

  it('does not keep calls from the seconds that their access token still has', async () => {
    const { client, server } = await signedIn();
    await elapsed(295_000);
    server.between.push(waits('60'));
    expect(await userOf(client.fetch('/accounts'))).toBe('ada');
  });

  it('is tried no longer when its user signs out', async () => {
    const { client, server } = await signedIn();
    await elapsed(OVER_MS);
    server.between.push(...times(3, LOST['the server is not there']));
    const waiting = failure(client.fetch('/accounts'));
    await elapsed(300);
    const asked = server.refreshes();
    server.between.length = 0;
    await settled(client.signOut());
    expect(await waiting).toMatchObject({ code: 'user_token_missing' });
    // One more is of the sign-out: what ends a session at the server is an access token that is not over.
    expect([server.refreshes(), server.isLive()]).toEqual([asked + 1, [false]]);
  });
});

describe('A refresh that is refused', () => {
  useStandingClock();

  it.each([
    ['ahead of its end', () => elapsed(295_000), 0],
    ['after a call was refused', async () => {}, 1],
  ])('with invalid_grant %s signs the user out, once', async (_, wait, sent) => {
    const { client, server, sessions, signedOut } = await signedIn();
    await wait();
    server.families.forEach((family) => (family.isOver = true));
    const calls = Array.from({ length: 10 }, () => failure(client.fetch('/accounts')));
    for (const error of await Promise.all(calls))
      expect(error).toMatchObject({ name: 'SessionError', code: 'session_ended' });
    expect([sessions.load(), signedOut.mock.calls.length]).toEqual([undefined, 1]);
    expect([server.refreshes(), server.to('/accounts').length]).toEqual([1, sent * 10]);
    expect(await failure(client.fetch('/accounts'))).toMatchObject({ code: 'user_token_missing' });
    expect(await userOf(client.fetch('/open'))).toBeUndefined();
  });

  it.each<[string, Between, object]>([
    ['invalid_client', says({ error: 'invalid_client' }, 401), { status: 401, oauthError: 'invalid_client' }],
    [
      'unauthorized_client',
      says({ error: 'unauthorized_client' }, 400),
      { oauthError: 'unauthorized_client' },
    ],
    ['invalid_grant with another status', says({ error: 'invalid_grant' }, 403), { status: 403 }],
    ['a problem', says({ code: 'not_found', error: 7 }, 404), { status: 404, oauthError: undefined }],
    ['a page', async () => new Response('<h1>Forbidden</h1>', { status: 403 }), { status: 403 }],
  ])('with %s is a mistake of the set-up: the user stays signed in', async (_, refusal, details) => {
    const { client, server, sessions, signedOut } = await signedIn();
    await elapsed(OVER_MS);
    const kept = sessions.load();
    server.between.push(refusal);
    const error = await failure(client.fetch('/accounts'));
    expect(error).toMatchObject({ name: 'SessionError', code: 'refresh_refused', ...details });
    expect([sessions.load(), signedOut.mock.calls, server.refreshes()]).toEqual([kept, [], 1]);
    expect(await userOf(client.fetch('/accounts'))).toBe('ada');
  });

  it('has no token in what it throws', async () => {
    const { client, server, sessions } = await signedIn();
    await elapsed(OVER_MS);
    const { accessToken, refreshToken } = JSON.parse(sessions.load() ?? '') as Record<string, string>;
    for (const between of [says({ error: 'invalid_client' }, 401), waits('60')]) {
      server.between.push(between);
      const error = (await failure(client.fetch('/accounts'))) as Error;
      const text = JSON.stringify(error) + error.message + error.stack;
      for (const token of [accessToken, refreshToken]) expect(text).not.toContain(token);
    }
  });

  it('tells the host when the store is empty already, so that it can sign in again', async () => {
    const sessions = new MemorySessionStore();
    const found: unknown[] = [];
    const { client, server } = await signedIn({
      sessions,
      onSignedOut: () => found.push(sessions.load()),
    });
    server.families.forEach((family) => (family.isOver = true));
    expect(await failure(client.fetch('/accounts'))).toMatchObject({ code: 'session_ended' });
    expect(found).toEqual([undefined]);
  });
});
