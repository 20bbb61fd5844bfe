import { Apps } from '@portcullis/nest';
import { describeOnOneDatabase } from '../support/databases.js';
import { ADAPTERS } from '../support/host-app.js';
import { startOAuthHost, type OAuthHost } from '../support/oauth-host.js';

/** Fewer than make a guesser wait, and more than the pool takes. */
const CROWD = 5;
const MOST_CROWDS = 10;

describe.each(ADAPTERS)('on %s', (adapter) => {
  describeOnOneDatabase('A pool of passwords that is full', (open) => {
    let host: OAuthHost;
    let clientId: string;

    beforeAll(async () => {
      host = await startOAuthHost(adapter, open, { passwords: { concurrency: 1, queueLimit: 1 } });
      const { app } = await host
        .get(Apps)
        .register({ name: 'Own', clientType: 'public', scopes: ['accounts:read'], grantTypes: ['password'] });
      clientId = app.id;
    });
    afterAll(() => host.stop());

    const signIn = () => host.post({ grant_type: 'password', client_id: clientId, ...host.login });

    it('[H07] tells whoever cannot wait to come again, and counts nothing against them', async () => {
      let refused = 0;
      let granted = 0;
      // A machine that is busy may let one in after the other.
      for (let crowds = 0; crowds < MOST_CROWDS && refused === 0; crowds++) {
        // oxlint-disable-next-line no-await-in-loop -- one crowd after the other
        for (const { status, body, headers } of await Promise.all(Array.from({ length: CROWD }, signIn))) {
          if (status === 200) granted++;
          else {
            refused++;
            expect([status, body['error'], headers.get('retry-after')]).toEqual([
              503,
              'temporarily_unavailable',
              '2',
            ]);
          }
        }
      }
      expect(refused).toBeGreaterThan(0);
      expect(granted).toBeGreaterThan(0);
      expect((await signIn()).status).toBe(200);
    });
  });
});
