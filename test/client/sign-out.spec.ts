import { LOST } from './fake-server.js';
import { elapsed, failure, settled, signedIn, useStandingClock } from './signed-in-client.js';

const OVER_MS = 300_000;

describe('Signing out of a session with tokens', () => {
  useStandingClock();

  it('ends it at the server', async () => {
    const { client, server, sessions, signedOut } = await signedIn();
    await settled(client.signOut());
    expect([server.isLive(), sessions.load(), server.refreshes()]).toEqual([[false], undefined, 0]);
    expect(signedOut).not.toHaveBeenCalled();
    await settled(client.signOut());
    expect(server.to('/sessions/current')).toHaveLength(1);
  });

  it.each([
    ['is over', () => elapsed(OVER_MS)],
    ['is refused', async (server: { revokeAccessTokens(): void }) => server.revokeAccessTokens()],
  ])('ends it at the server when its access token %s', async (_, change) => {
    const { client, server, sessions } = await signedIn();
    await change(server);
    await settled(client.signOut());
    expect([server.isLive(), sessions.load(), server.refreshes()]).toEqual([[false], undefined, 1]);
  });

  it('is done when the server has ended it already', async () => {
    const { client, server, sessions, signedOut } = await signedIn();
    server.families.forEach((family) => (family.isOver = true));
    await settled(client.signOut());
    expect([sessions.load(), signedOut.mock.calls]).toEqual([undefined, []]);
  });

  it('forgets it here, and says so, when the server cannot be told', async () => {
    const { client, server, sessions } = await signedIn({ refreshTimeLimitSeconds: 1 });
    await elapsed(OVER_MS);
    server.between.push(...Array.from({ length: 20 }, () => LOST['the connection is cut on the way there']));
    expect(await failure(client.signOut())).toMatchObject({ code: 'refresh_unanswered' });
    expect([server.isLive(), sessions.load()]).toEqual([[true], undefined]);
  });

  it('is not undone by a refresh that is under way', async () => {
    const { client, server, sessions } = await signedIn();
    await elapsed(295_000);
    server.latencyMs = 3_000;
    const waiting = failure(client.fetch('/accounts'));
    await elapsed(100);
    await settled(client.signOut());
    expect(await waiting).toMatchObject({ code: 'user_token_missing' });
    expect([server.isLive(), sessions.load()]).toEqual([[false], undefined]);
  });
});

describe('Signing out everywhere', () => {
  useStandingClock();

  it('ends all sessions, with an access token that is refreshed for it', async () => {
    const { client, server, sessions, another } = await signedIn();
    await settled(another().signIn({ username: 'ada', password: 'p' }));
    await elapsed(OVER_MS);
    await settled(client.signOutEverywhere());
    expect([server.isLive(), sessions.load()]).toEqual([[false, false], undefined]);
    await settled(client.signOutEverywhere());
    expect(server.to('/sessions').filter(({ method }) => method === 'DELETE')).toHaveLength(1);
  });

  it('does not say that it is done when this session had ended: the others live on', async () => {
    const { client, server, another } = await signedIn();
    await settled(another().signIn({ username: 'ada', password: 'p' }));
    const [, current] = server.families;
    Object.assign(current as object, { isOver: true });
    expect(await failure(client.signOutEverywhere())).toMatchObject({ code: 'session_ended' });
    expect(server.isLive()).toEqual([true, false]);
  });
});
