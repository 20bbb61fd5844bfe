import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Apps } from '@portcullis/nest';
import { Sessions } from '../../libs/nest/src/authorities/sessions/index.js';
import { UserAccounts, type UserAccount } from '../../libs/nest/src/authorities/users/index.js';
import { describeOnOneDatabase } from '../support/databases.js';
import { issueCode } from '../support/issued-codes.js';
import { FORM, startOAuthHost, type OAuthHost } from '../support/oauth-host.js';

const root = resolve(__dirname, '../..');
const MADE = 128;
/** Seven standard deviations of how many of 128 fair bits are set. */
const MOST_OFF = 40;
/** On the embedded database, which does one thing at a time. */
const LONGEST_MS = 90_000;

describeOnOneDatabase('What nobody may guess', (open) => {
  let host: OAuthHost;

  beforeAll(async () => {
    host = await startOAuthHost('fastify', open);
    jest.spyOn(Math, 'random').mockReturnValue(0.25);
  });
  afterAll(async () => {
    jest.restoreAllMocks();
    await host.stop();
  });

  const claimsOf = (token: string) =>
    JSON.parse(Buffer.from(token.split('.')[1] as string, 'base64url').toString()) as Record<string, string>;

  async function made(): Promise<Record<string, string>> {
    const user = (await host.get(UserAccounts).find(host.userId)) as UserAccount;
    const app = { id: host.publicId, scopes: [] };
    const opaque = await host.get(Sessions).start({ user, app, kind: 'opaque' });
    const { refreshToken, sessionId } = await host.startSession();
    const { body } = await host.post({
      grant_type: 'refresh_token',
      refresh_token: refreshToken,
      client_id: host.publicId,
    });
    const [keyId = '', keySecret = ''] = opaque.key.split('.');
    const [, successor = ''] = String(body['refresh_token']).split('.');
    const { code } = await issueCode(host, { appId: host.publicId });
    const { jti = '' } = claimsOf(String(body['access_token']));
    return { keyId, keySecret, sessionId, successor, jti, code };
  }

  it(
    '[N19] does not depend on Math.random, is never the same, and no bit of it is more often set than not',
    async () => {
      const all: Record<string, string>[] = [];
      while (all.length < MADE) all.push(...(await Promise.all(Array.from({ length: 16 }, made))));
      const bits = { keyId: 128, keySecret: 256, sessionId: 128, successor: 256, jti: 128, code: 256 };
      for (const [name, count] of Object.entries(bits)) {
        const bytes = all.map((one) => Buffer.from(one[name] as string, 'base64url'));
        expect(new Set(bytes.map((one) => one.toString('hex'))).size).toBe(MADE);
        expect(bytes.every((one) => one.byteLength * 8 >= count)).toBe(true);
        for (let bit = 0; bit < count; bit++) {
          const set = bytes.filter((one) => ((one[bit >> 3] as number) >> (bit & 7)) & 1).length;
          expect(Math.abs(set - MADE / 2)).toBeLessThan(MOST_OFF);
        }
      }
    },
    LONGEST_MS,
  );

  it('[N19] is as much for the secrets of apps and for pushed requests', async () => {
    const registered = await Promise.all(
      Array.from({ length: 20 }, (_, at) =>
        host.get(Apps).register({
          name: `App ${at}`,
          clientType: 'confidential',
          scopes: [],
          grantTypes: ['authorization_code'],
          redirectUris: ['https://app.example/done'],
        }),
      ),
    );
    const secrets = registered.flatMap(({ clientSecret = '', signingSecret = '' }) => [
      clientSecret,
      signingSecret,
    ]);
    const pushed = await Promise.all(
      registered.map(async ({ app, clientSecret = '' }) => {
        const { status, body } = await host.post(
          {
            client_id: app.id,
            client_secret: clientSecret,
            response_type: 'code',
            redirect_uri: 'https://app.example/done',
            code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
            code_challenge_method: 'S256',
          },
          FORM,
          'par',
        );
        expect(status).toBe(201);
        return String(body['request_uri']).split(':').at(-1) as string;
      }),
    );
    expect(new Set([...secrets, ...pushed]).size).toBe(60);
    for (const secret of secrets)
      expect(Buffer.from(secret, 'base64url').byteLength).toBeGreaterThanOrEqual(32);
    for (const reference of pushed)
      expect(Buffer.from(reference, 'base64url').byteLength).toBeGreaterThanOrEqual(16);
  });
});

it('[N19] Math.random decides how long somebody waits, and nothing else', () => {
  const files = ['libs/wire/src', 'libs/nest/src', 'libs/client/src', 'libs/cli/src', 'src'].flatMap(
    (folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.ts') && !name.endsWith('.spec.ts'))
        .map((name) => join(folder, name)),
  );
  const users = files.filter((file) => readFileSync(join(root, file), 'utf8').includes('Math.random'));
  expect(users).toEqual(['libs/client/src/patient-refresh.ts']);
});
