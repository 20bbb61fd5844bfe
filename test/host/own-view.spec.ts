import { Apps, Consents, Sessions, UserAccounts, Users } from '@portcullis/nest';
import type { UserAccount } from '../../libs/nest/src/authorities/users/index.js';
import { describeOnOneDatabase } from '../support/databases.js';
import { ADAPTERS } from '../support/host-app.js';
import { noteSecret } from '../support/log-book.js';
import { SCOPES, startOAuthHost, type OAuthHost } from '../support/oauth-host.js';

const ALL_APPS = 'sessions:all';

/** An app through which the user is signed in. */
interface SignedIn {
  readonly appId: string;
  readonly sessionId: string;
  call(method: string, path: string): Promise<{ status: number; body: Record<string, string>[] }>;
}

describe.each(ADAPTERS)('on %s', (adapter) => {
  describeOnOneDatabase('What users see of themselves, where that of all apps takes a scope', (open) => {
    let host: OAuthHost;
    let other: SignedIn;

    beforeAll(async () => {
      host = await startOAuthHost(adapter, open, { sessions: { allAppsScope: ALL_APPS } });
      await host.get(Users).change(host.userId, { scopes: [...SCOPES, ALL_APPS] });
    });
    afterAll(() => host.stop());
    beforeEach(async () => {
      other = await signIn([...SCOPES, ALL_APPS]);
    });

    /** Through a new app with these scopes, of which the session may have been granted fewer. */
    async function signIn(
      scopes: readonly string[],
      requestedScopes = scopes,
      kind: 'opaque' | 'tokens' = 'opaque',
    ): Promise<SignedIn> {
      const { app } = await host.get(Apps).register({ name: 'App', clientType: 'public', scopes });
      const user = (await host.get(UserAccounts).find(host.userId)) as UserAccount;
      const started = await host.get(Sessions).start({ user, app, requestedScopes, kind });
      const credential = noteSecret(started.kind === 'opaque' ? started.key : started.accessToken);
      const headers = { 'X-Api-Key': app.id, Authorization: `Bearer ${credential}` };
      await host.get(Consents).give({ userId: user.id, appId: app.id, resource: null, scopes: SCOPES });
      return {
        appId: app.id,
        sessionId: started.session.id,
        async call(method, path) {
          const answer = await fetch(`${host.url}${path}`, { method, headers });
          const text = await answer.text();
          return { status: answer.status, body: (text === '' ? [] : JSON.parse(text)) as never };
        },
      };
    }

    const appsIn = async (one: SignedIn, path: string) =>
      (await one.call('GET', path)).body.map(({ appId }) => appId);

    it.each([
      ['an app that does not have it', () => signIn(SCOPES)],
      ['a session that was not granted it', () => signIn([...SCOPES, ALL_APPS], SCOPES)],
      ['a token that was not granted it', () => signIn([...SCOPES, ALL_APPS], SCOPES, 'tokens')],
    ])('is, for %s, what there is through that app', async (_, begin) => {
      const one = await begin();
      for (const path of ['/sessions', '/consents']) expect(await appsIn(one, path)).toEqual([one.appId]);
      expect((await one.call('DELETE', `/sessions/${other.sessionId}`)).status).toBe(404);
      expect((await one.call('DELETE', `/consents/${other.appId}`)).status).toBe(404);
      expect(await appsIn(other, '/consents')).toContain(other.appId);
      expect((await one.call('DELETE', '/sessions')).status).toBe(204);
      expect((await one.call('GET', '/sessions')).status).toBe(401);
      expect((await other.call('GET', '/sessions')).status).toBe(200);
    });

    it.each(['opaque', 'tokens'] as const)(
      'is everything for who has it, in a session of %s',
      async (kind) => {
        const one = await signIn(SCOPES);
        other = await signIn([...SCOPES, ALL_APPS], undefined, kind);
        for (const path of ['/sessions', '/consents'])
          expect(await appsIn(other, path)).toEqual(expect.arrayContaining([one.appId, other.appId]));
        expect((await other.call('DELETE', `/sessions/${one.sessionId}`)).status).toBe(204);
        expect((await one.call('GET', '/sessions')).status).toBe(401);
        const [two, three] = [await signIn(SCOPES), await signIn(SCOPES)];
        expect((await other.call('DELETE', `/consents/${two.appId}`)).status).toBe(204);
        expect((await two.call('GET', '/sessions')).status).toBe(401);
        expect((await other.call('DELETE', '/sessions')).status).toBe(204);
        expect((await three.call('GET', '/sessions')).status).toBe(401);
      },
    );

    it('is what there is through the app as soon as the user does not have it any more', async () => {
      await host.get(Users).change(host.userId, { scopes: SCOPES });
      expect(await appsIn(other, '/sessions')).toEqual([other.appId]);
      await host.get(Users).change(host.userId, { scopes: [...SCOPES, ALL_APPS] });
    });
  });
});
