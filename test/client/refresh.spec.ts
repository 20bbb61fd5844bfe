import type { Served } from './fake-server.js';
import { elapsed, failure, settled, signedIn, userOf, useStandingClock } from './signed-in-client.js';

const HOUR_MS = 3_600_000;

describe('A session with tokens', () => {
  useStandingClock();

  it('is started, and said to last as long as its refresh token', async () => {
    const { client, server } = await signedIn({ device: 'Ada’s phone' });
    const started = await client.signIn({ username: 'ada', password: 'p', scopes: ['accounts:read'] });
    expect(started).toEqual({
      kind: 'tokens',
      expiresInSeconds: 2_592_000,
      absoluteExpiresInSeconds: undefined,
      scopes: ['accounts:read'],
    });
    expect(JSON.parse(server.served.at(-1)?.body ?? '')).toEqual({
      scope: 'accounts:read',
      device: 'Ada’s phone',
    });
    expect(await userOf(client.fetch('/accounts'))).toBe('ada');
  });

  it('is refreshed shortly before its access token is over, and not sooner', async () => {
    const { client, server } = await signedIn();
    await elapsed(289_000);
    await settled(client.fetch('/accounts'));
    expect(server.refreshes()).toBe(0);
    await elapsed(2_000);
    expect(await userOf(client.fetch('/accounts'))).toBe('ada');
    expect(server.to('/oauth/token').map(({ body }) => [...new URLSearchParams(body).keys()])).toEqual([
      ['grant_type', 'refresh_token', 'client_id'],
    ]);
    await elapsed(289_000);
    await settled(client.fetch('/accounts'));
    expect(server.refreshes()).toBe(1);
  });

  it('whose tokens live a few seconds is not refreshed with each call', async () => {
    const { client, server } = await signedIn();
    server.lifeSeconds = 5;
    await elapsed(300_000);
    for (let call = 0; call < 4; call += 1) {
      await elapsed(1_000);
      expect(await userOf(client.fetch('/accounts'))).toBe('ada');
    }
    expect(server.refreshes()).toBe(1);
  });

  it.each([
    ['ahead of the end', () => elapsed(295_000)],
    ['after the end', () => elapsed(HOUR_MS)],
  ])('[G16] is refreshed once for 50 calls that are made %s', async (_, wait) => {
    const { client, server } = await signedIn();
    await wait();
    const calls = Array.from({ length: 50 }, () => userOf(client.fetch('/accounts')));
    expect(new Set(await Promise.all(calls))).toEqual(new Set(['ada']));
    expect(server.refreshes()).toBe(1);
    expect(server.to('/accounts')).toHaveLength(50);
  });

  it('[G16] is refreshed once for 50 calls that are refused at the same time', async () => {
    const { client, server } = await signedIn();
    server.revokeAccessTokens();
    const calls = Array.from({ length: 50 }, () => userOf(client.fetch('/accounts')));
    expect(new Set(await Promise.all(calls))).toEqual(new Set(['ada']));
    expect(server.refreshes()).toBe(1);
    expect(server.to('/accounts')).toHaveLength(100);
  });

  it('is not refreshed again for a call that was refused with the token before', async () => {
    const { client, server } = await signedIn();
    server.revokeAccessTokens();
    let release = (): void => {};
    server.held = new Promise((resolve) => (release = resolve));
    const late = client.fetch('/accounts');
    await elapsed(10);
    expect(await userOf(client.fetch('/accounts'))).toBe('ada');
    release();
    expect(await userOf(late)).toBe('ada');
    expect(server.refreshes()).toBe(1);
  });

  it('is tried once more for a call that is refused, and never in a circle', async () => {
    const { client, server } = await signedIn();
    server.refusesAll = true;
    expect(await failure(client.fetch('/accounts'))).toMatchObject({ code: 'user_token_invalid' });
    expect([server.to('/accounts').length, server.refreshes()]).toEqual([2, 1]);
  });

  it('is left alone by a refusal that is not of its access token', async () => {
    const { client, server } = await signedIn();
    expect(await failure(client.fetch('/forbidden'))).toMatchObject({ code: 'insufficient_scope' });
    expect([server.to('/forbidden').length, server.refreshes()]).toEqual([1, 0]);
  });

  it('is left alone by calls that bring an Authorization of their own, or none', async () => {
    const { client, server } = await signedIn();
    await elapsed(HOUR_MS);
    const headers = { authorization: 'Bearer of-somebody-else' };
    expect(await failure(client.fetch('/accounts', { headers }))).toMatchObject({
      code: 'user_token_invalid',
    });
    expect(await (await settled(client.fetch('/open', {}, { user: false }))).json()).toEqual({
      bearer: false,
    });
    expect(server.refreshes()).toBe(0);
  });

  it('keeps its refresh token where the server does not rotate it', async () => {
    const { client, server } = await signedIn();
    server.rotates = false;
    for (const refreshes of [1, 2]) {
      await elapsed(300_000);
      expect(await userOf(client.fetch('/accounts'))).toBe('ada');
      expect(server.refreshes()).toBe(refreshes);
    }
  });

  it('is refreshed by a confidential app with its secret (RFC 6749 §2.3.1)', async () => {
    const clientSecret = jest.fn(async () => 'a secret:of 100%');
    const { client, server } = await signedIn({ app: { id: 'till:1', clientSecret } });
    expect(clientSecret).not.toHaveBeenCalled();
    await elapsed(HOUR_MS);
    await settled(client.fetch('/accounts'));
    const [{ headers, body }] = server.to('/oauth/token') as [Served];
    const basic = Buffer.from('till%3A1:a+secret%3Aof+100%25').toString('base64');
    expect(headers.get('authorization')).toBe(`Basic ${basic}`);
    expect(new URLSearchParams(body).has('client_id')).toBe(false);
  });

  it.each([-HOUR_MS, HOUR_MS])(
    'is refreshed in time by a device whose clock is off by %i ms',
    async (off) => {
      const clock = { now: () => Date.now() + off };
      const { client, server } = await signedIn({ clock });
      await elapsed(280_000);
      await settled(client.fetch('/accounts'));
      expect(server.refreshes()).toBe(0);
      await elapsed(15_000);
      await settled(client.fetch('/accounts'));
      expect([server.refreshes(), server.to('/accounts').length]).toEqual([1, 2]);
    },
  );

  it.each([-HOUR_MS, HOUR_MS])('survives a clock that is set by %i ms while it lives', async (step) => {
    let off = 0;
    const { client, server, signedOut } = await signedIn({ clock: { now: () => Date.now() + off } });
    off = step;
    for (let minutes = 0; minutes < 90; minutes += 4) {
      expect(await userOf(client.fetch('/accounts'))).toBe('ada');
      await elapsed(240_000);
    }
    expect([server.isLive(), signedOut.mock.calls]).toEqual([[true], []]);
  });
});

describe('A call that waits for a refresh', () => {
  useStandingClock();

  it('leaves when it is aborted, and the others get what they wait for', async () => {
    const { client, server } = await signedIn();
    await elapsed(HOUR_MS);
    server.latencyMs = 2_000;
    const stop = new AbortController();
    const left = failure(client.fetch('/accounts', { signal: stop.signal }));
    const stays = userOf(client.fetch('/accounts'));
    await elapsed(500);
    const reason = new Error('the screen was closed');
    stop.abort(reason);
    expect(await left).toBe(reason);
    expect(server.to('/accounts')).toEqual([]);
    expect(await stays).toBe('ada');
    expect(server.refreshes()).toBe(1);
  });

  it('leaves behind tokens that are kept, when nobody else waits', async () => {
    const { client, server } = await signedIn();
    await elapsed(HOUR_MS);
    server.latencyMs = 2_000;
    const stop = new AbortController();
    const left = failure(client.fetch('/accounts', { signal: stop.signal }));
    await elapsed(500);
    stop.abort();
    expect(await left).toMatchObject({ name: 'AbortError' });
    await elapsed(2_000);
    expect(await userOf(client.fetch('/accounts'))).toBe('ada');
    expect(server.refreshes()).toBe(1);
  });

  it('does not begin one when it was aborted before', async () => {
    const { client, server } = await signedIn();
    await elapsed(HOUR_MS);
    const error = await failure(client.fetch('/accounts', { signal: AbortSignal.abort() }));
    expect(error).toMatchObject({ name: 'AbortError' });
    expect(server.refreshes()).toBe(0);
  });

  it('goes as nobody when its user signs out meanwhile, and not as who signs in then', async () => {
    const { client, server } = await signedIn();
    await elapsed(HOUR_MS);
    server.latencyMs = 2_000;
    const waiting = failure(client.fetch('/accounts', { method: 'POST' }));
    await elapsed(500);
    await settled(client.signOut());
    await settled(client.signIn({ username: 'eve', password: 'p' }));
    expect(await waiting).toMatchObject({ code: 'user_token_missing' });
    expect(await userOf(client.fetch('/accounts'))).toBe('eve');
    expect(server.isLive()).toEqual([false, true]);
  });

  it('is not sent again as another user when it was refused', async () => {
    const { client, server } = await signedIn();
    let release = (): void => {};
    server.held = new Promise((resolve) => (release = resolve));
    server.revokeAccessTokens();
    const refused = failure(client.fetch('/accounts', { method: 'POST' }));
    await elapsed(10);
    await settled(client.signIn({ username: 'eve', password: 'p' }));
    release();
    expect(await refused).toMatchObject({ code: 'user_token_invalid' });
    expect(server.to('/accounts')).toHaveLength(1);
  });
});
