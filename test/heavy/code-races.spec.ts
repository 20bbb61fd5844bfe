import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { KeyRing, MemoryClaimStore, SystemClock } from '@portcullis/nest';
import { PORTCULLIS_ENTITIES, typeOrmStores } from '@portcullis/nest/typeorm';
import { DataSource } from 'typeorm';
import type { AuthorizationCodes } from '../../libs/nest/src/authorities/oauth/codes/authorization-codes.js';
import { codeChallengeOf } from '../../libs/nest/src/authorities/oauth/codes/code-verifier.js';
import { CredentialVersions } from '../../libs/nest/src/authorities/oauth/codes/credential-versions.js';
import { SealedAuthorizationCodes } from '../../libs/nest/src/authorities/oauth/codes/sealed-authorization-codes.js';
import { StoredAuthorizationCodes } from '../../libs/nest/src/authorities/oauth/codes/stored-authorization-codes.js';
import { OAuthOptions } from '../../libs/nest/src/authorities/oauth/oauth.options.js';
import { TokenOptions } from '../../libs/nest/src/authorities/tokens/index.js';
import type { Prepared } from '../support/bank-client.js';
import { noteSecret } from '../support/log-book.js';
import { describeWithOwnPostgres, OwnPostgresServer } from '../support/own-postgres-server.js';
import { describeWithOwnRedis, OwnRedisServer } from '../support/own-redis-server.js';
import type { PortAnswer } from '../support/send-to-port.js';
import { TokenCluster } from '../support/token-cluster.js';
import { buildTokenHost } from '../support/token-host-process.js';

const ROUNDS = 200;
const CALLERS = 20;
const SCOPES = ['accounts:read'];
const REDIRECT_URI = 'com.example.bank:/callback';
/** For every node to hear that a session was ended. */
const PATIENCE_MS = 5_000;

const describeWithBoth = describeWithOwnPostgres === describe ? describeWithOwnRedis : describe.skip;

describeWithBoth.each(['stored', 'stateless'] as const)(
  '[F10] One code (%s) that is redeemed by many at once over three processes',
  (kind) => {
    let postgres: OwnPostgresServer;
    let redis: OwnRedisServer;
    let dataSource: DataSource;
    let cluster: TokenCluster;
    let codes: AuthorizationCodes;
    let appId: string;
    let userId: string;
    let credentialVersionHash: string;

    beforeAll(async () => {
      buildTokenHost();
      [postgres, redis] = [await OwnPostgresServer.start(), await OwnRedisServer.start()];
      const urls = { databaseUrl: postgres.url, redisUrl: redis.url };
      cluster = await TokenCluster.start({ ...urls, oauth: { codes: kind } });
      const entities = [...PORTCULLIS_ENTITIES];
      dataSource = await new DataSource({ type: 'postgres', url: postgres.url, entities }).initialize();
      await register();
      codes = codesAsANodeMakesThem();
    }, 90_000);
    afterAll(async () => {
      const exits = await cluster.stop();
      await dataSource.destroy();
      await redis.end();
      await postgres.end();
      expect(exits).toEqual([0, 0, 0]);
    }, 30_000);

    const register = async (): Promise<void> => {
      const { admin } = cluster;
      const app = await admin.call('POST', '/apps', {
        name: 'Phone',
        clientType: 'public',
        scopes: SCOPES,
        grantTypes: ['authorization_code', 'refresh_token'],
        redirectUris: [REDIRECT_URI],
      });
      const login = { username: 'ada', password: noteSecret(randomBytes(12).toString('base64url')) };
      const user = await admin.call('POST', '/users', { ...login, scopes: SCOPES });
      [appId, userId] = [app.body.id, user.body.id];
      const [row] = await postgres.query<{ password_hash: string }>(
        'SELECT password_hash FROM portcullis_users WHERE id = $1',
        [userId],
      );
      const consent = { userId, appId, resource: null, scopes: SCOPES, grantedAt: new Date() };
      await typeOrmStores(dataSource).consents.add(consent);
      const versions = new CredentialVersions(KeyRing.parse(cluster.keyRing));
      credentialVersionHash = versions.hashOf({ credentialVersion: row?.password_hash as string });
    };

    const codesAsANodeMakesThem = (): AuthorizationCodes => {
      const clock = new SystemClock();
      const keyRing = KeyRing.parse(cluster.keyRing);
      const options = new OAuthOptions({ codes: kind });
      if (kind === 'stored')
        return new StoredAuthorizationCodes(
          typeOrmStores(dataSource).authorizationCodes,
          keyRing,
          options,
          clock,
        );
      // Of no use here: this one only issues.
      const claims = new MemoryClaimStore(clock, { forgottenUntil: 0 });
      const tokens = new TokenOptions({ issuer: 'https://bank.example' });
      return new SealedAuthorizationCodes({ claims, keyRing, options, tokens, clock });
    };

    const prepare = (form: Record<string, string>): Prepared => ({
      url: 'http://127.0.0.1/oauth/token',
      init: {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ client_id: appId, ...form }).toString(),
      },
    });

    const prepareRedemption = async (): Promise<Prepared> => {
      const verifier = noteSecret(randomBytes(32).toString('base64url'));
      const code = await codes.issue({
        appId,
        userId,
        redirectUri: REDIRECT_URI,
        codeChallenge: codeChallengeOf(verifier),
        codeChallengeMethod: 'S256',
        credentialVersionHash,
        scopes: SCOPES,
        resource: null,
        dpopJkt: null,
        device: null,
        address: null,
      });
      const redirect_uri = REDIRECT_URI;
      return prepare({ grant_type: 'authorization_code', code, redirect_uri, code_verifier: verifier });
    };

    const redeemTogether = (prepared: Prepared): Promise<PortAnswer[]> =>
      Promise.all(
        Array.from({ length: CALLERS }, (_, caller) => cluster.send(caller % cluster.nodes.length, prepared)),
      );

    const expectDead = async ({ body }: PortAnswer): Promise<void> => {
      const headers = { 'x-api-key': appId, authorization: `Bearer ${String(body['access_token'])}` };
      const mine = { url: 'http://127.0.0.1/mine', init: { method: 'GET', headers } };
      const giveUpAt = performance.now() + PATIENCE_MS;
      for (const node of cluster.nodes) {
        while ((await cluster.send(node, mine)).status !== 401) {
          expect(performance.now()).toBeLessThan(giveUpAt);
          await delay(10);
        }
      }
      const refresh_token = String(body['refresh_token']);
      const refreshed = await cluster.send(0, prepare({ grant_type: 'refresh_token', refresh_token }));
      expect([refreshed.status, refreshed.body['error']]).toEqual([400, 'invalid_grant']);
    };

    it('gives one set of tokens, and takes it back', async () => {
      for (let round = 1; round <= ROUNDS; round++) {
        const answers = await redeemTogether(await prepareRedemption());
        const told = answers.map(({ status, body }) => `${status} ${String(body['error'])}`).toSorted();
        expect(told).toEqual(['200 undefined', ...Array(CALLERS - 1).fill('400 invalid_grant')]);
        await expectDead(answers.find(({ status }) => status === 200) as PortAnswer);
      }
      const [left] = await postgres.query<{ sessions: string }>(
        'SELECT count(*) AS sessions FROM portcullis_sessions',
      );
      expect(Number(left?.sessions)).toBe(0);
      const [redeemed] = await postgres.query<{ codes: string }>(
        'SELECT count(session_id) AS codes FROM portcullis_code_redemptions',
      );
      expect(Number(redeemed?.codes)).toBe(ROUNDS);
    }, 300_000);
  },
);
