import { PortcullisClient, SessionStore } from '@portcullis/client';
import type { FakeServer } from './fake-server.js';
import { elapsed, failure, ORIGIN, settled, signedIn, userOf, useStandingClock } from './signed-in-client.js';

const OVER_MS = 300_000;

/** As a Keychain is while the phone is locked. */
class LockableStore extends SessionStore {
  readonly locked = new Set<'load' | 'save' | 'clear'>();
  private kept: string | undefined;

  override async load(): Promise<string | undefined> {
    this.refuseWhenLocked('load');
    return this.kept;
  }

  override async save(session: string): Promise<void> {
    this.refuseWhenLocked('save');
    this.kept = session;
  }

  override async clear(): Promise<void> {
    this.refuseWhenLocked('clear');
    this.kept = undefined;
  }

  private refuseWhenLocked(step: 'load' | 'save' | 'clear'): void {
    if (this.locked.has(step)) throw new Error(`locked: ${step}`);
  }
}

describe('Refreshed tokens', () => {
  useStandingClock();

  it('are in the store before a call carries them', async () => {
    const { client, server, sessions } = await signedIn();
    await elapsed(OVER_MS);
    const save = sessions.save.bind(sessions);
    const sentBefore: number[] = [];
    const slowly = async (session: string): Promise<void> => {
      await new Promise((resolve) => setTimeout(resolve, 500));
      sentBefore.push(server.to('/accounts').length);
      save(session);
    };
    jest.spyOn(sessions, 'save').mockImplementation(slowly as typeof save);
    expect(await userOf(client.fetch('/accounts'))).toBe('ada');
    expect(sentBefore).toEqual([0]);
    const { accessToken } = JSON.parse(sessions.load() ?? '') as { accessToken: string };
    expect(server.to('/accounts')[0]?.headers.get('authorization')).toBe(`Bearer ${accessToken}`);
  });

  it('that the store does not take are used by no call, and taken when it can, however late', async () => {
    const sessions = new LockableStore();
    const { client, server, signedOut } = await signedIn({ sessions });
    await elapsed(OVER_MS);
    sessions.locked.add('save');
    expect(await failure(client.fetch('/accounts'))).toEqual(new Error('locked: save'));
    expect(server.to('/accounts')).toEqual([]);
    // Far beyond the grace: whoever asked again with the old token would be taken for a thief.
    await elapsed(120_000);
    expect(await failure(client.fetch('/accounts'))).toEqual(new Error('locked: save'));
    sessions.locked.clear();
    expect(await userOf(client.fetch('/accounts'))).toBe('ada');
    expect([server.refreshes(), server.reuses, signedOut.mock.calls]).toEqual([1, 0, []]);
  });

  it('that waited for the store until they were over are refreshed in their turn', async () => {
    const sessions = new LockableStore();
    const { client, server } = await signedIn({ sessions });
    await elapsed(OVER_MS);
    sessions.locked.add('save');
    await failure(client.fetch('/accounts'));
    await elapsed(OVER_MS);
    sessions.locked.clear();
    expect(await userOf(client.fetch('/accounts'))).toBe('ada');
    expect([server.refreshes(), server.reuses, server.to('/accounts').length]).toEqual([2, 0, 1]);
  });

  it('that the store does not take end with their session at a sign-out', async () => {
    const sessions = new LockableStore();
    const { client, server } = await signedIn({ sessions });
    await elapsed(OVER_MS);
    sessions.locked.add('save');
    await failure(client.fetch('/accounts'));
    await elapsed(120_000);
    await settled(client.signOut());
    expect([server.isLive(), server.reuses, await sessions.load()]).toEqual([[false], 0, undefined]);
  });

  it('are not asked for while the store cannot be read', async () => {
    const sessions = new LockableStore();
    const { client, server } = await signedIn({ sessions });
    await elapsed(OVER_MS);
    sessions.locked.add('load');
    expect(await failure(client.fetch('/accounts'))).toEqual(new Error('locked: load'));
    expect(server.refreshes()).toBe(0);
    sessions.locked.clear();
    expect(await userOf(client.fetch('/accounts'))).toBe('ada');
  });
});

describe('What a store holds', () => {
  useStandingClock();

  it('is still read when it is a session key that an earlier version kept', async () => {
    const sent: (string | null)[] = [];
    const fetch = (async (_: string, init: RequestInit) => {
      sent.push(new Headers(init.headers).get('authorization'));
      return new Response('{}');
    }) as typeof globalThis.fetch;
    const sessions = { load: () => 'id.key', save: () => {}, clear: () => {} };
    await new PortcullisClient({ origin: ORIGIN, app: { id: 'a' }, fetch, sessions }).fetch('/accounts');
    expect(sent).toEqual(['Bearer id.key']);
  });

  it.each<[string, unknown]>([
    ['null', null],
    ['false', false],
    ['nothing', ''],
    ['JSON of somebody else’s', '{"token":"x"}'],
    ['JSON that is cut', '{"mark":"m","accessToken":"a"'],
    ['a token with a line in it', 'a\r\nb'],
  ])('is nobody’s session when it is %s', async (_, kept) => {
    const { client, sessions, server } = await signedIn();
    sessions.load = () => kept as string;
    const answer = await settled(client.fetch('/open'));
    expect([await answer.json(), server.refreshes()]).toEqual([{ bearer: false }, 0]);
  });
});

describe('Several clients with one store', () => {
  useStandingClock();

  it('use what another one of them has refreshed', async () => {
    const { client, server, another } = await signedIn();
    const other = another();
    server.revokeAccessTokens();
    expect(await userOf(client.fetch('/accounts'))).toBe('ada');
    expect(await userOf(other.fetch('/accounts'))).toBe('ada');
    expect(server.refreshes()).toBe(1);
  });

  it('need no lock: who refresh at the same time get the same successor', async () => {
    const { server, another, sessions, signedOut } = await signedIn();
    for (let round = 1; round <= 5; round += 1) {
      await elapsed(OVER_MS);
      const calls = Array.from({ length: 6 }, () => userOf(another().fetch('/accounts')));
      expect(new Set(await Promise.all(calls))).toEqual(new Set(['ada']));
      expect(sessions.load()).toContain((server.families[0] as FakeServer['families'][0]).refreshToken);
    }
    expect([server.reuses, signedOut.mock.calls]).toEqual([0, []]);
  });

  it('read it again before each try, and ask no more when another one was luckier', async () => {
    const { client, server, another } = await signedIn();
    await elapsed(OVER_MS);
    server.between.push(async () => {
      throw new TypeError('fetch failed');
    });
    const unlucky = client.fetch('/accounts');
    await elapsed(20);
    expect(await userOf(another().fetch('/accounts'))).toBe('ada');
    expect(await userOf(unlucky)).toBe('ada');
    expect(server.refreshes()).toBe(2);
  });

  it('are not signed out by one whose token was old', async () => {
    const { client, server, another, sessions, signedOut } = await signedIn();
    await elapsed(OVER_MS);
    server.between.push(async () => {
      await userOf(another().fetch('/accounts'));
      return Response.json({ error: 'invalid_grant' }, { status: 400 });
    });
    expect(await userOf(client.fetch('/accounts'))).toBe('ada');
    expect([typeof sessions.load(), signedOut.mock.calls]).toEqual(['string', []]);
  });
});
