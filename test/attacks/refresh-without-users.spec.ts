import { UserAccounts } from '@portcullis/nest';
import { describeOnOneDatabase } from '../support/databases.js';
import { ADAPTERS } from '../support/host-app.js';
import { startOAuthHost, type OAuthHost } from '../support/oauth-host.js';

const OLD_SECONDS = 61;
/** Together longer than the grace. */
const ROUNDS = 4;
const ROUND_SECONDS = 20;
const AT_ONCE = 20;

describe.each(ADAPTERS)('a refresh while who keeps the users is away, on %s', (adapter) => {
  describeOnOneDatabase('', (open) => {
    let host: OAuthHost;
    beforeAll(async () => {
      host = await startOAuthHost(adapter, open);
    });
    afterEach(() => jest.restoreAllMocks());
    afterAll(() => host.stop());

    const refresh = (refreshToken: string) =>
      host.post({ grant_type: 'refresh_token', client_id: host.publicId, refresh_token: refreshToken });

    it.each([1, AT_ONCE])(
      '[N06] signs nobody out, however long it lasts, with %d at once',
      async (atOnce) => {
        const { refreshToken } = await host.startSession();
        const users = jest.spyOn(host.get(UserAccounts), 'find').mockRejectedValue(new Error('away'));
        await host.pass(OLD_SECONDS);
        for (let round = 0; round < ROUNDS; round++) {
          const answers = await Promise.all(Array.from({ length: atOnce }, () => refresh(refreshToken)));
          expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]));
          await host.pass(ROUND_SECONDS);
        }
        expect(users).toHaveBeenCalled();
        users.mockRestore();
        const { status, body } = await refresh(refreshToken);
        expect(status).toBe(200);
        expect((await refresh(String(body['refresh_token']))).status).toBe(200);
      },
    );
  });
});
