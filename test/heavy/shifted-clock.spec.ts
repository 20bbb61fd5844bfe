import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { freePort, newBankHome, type BankHome } from '../support/bank.js';
import { noteSecret } from '../support/log-book.js';
import { sendToPort, type PortAnswer } from '../support/send-to-port.js';
import { describeWithShiftedClock, shiftedBy } from '../support/shifted-clock.js';
import { claimsOf, TokenClient } from '../support/token-client.js';
import { buildTokenHost, TokenHostProcess } from '../support/token-host-process.js';

const YEARS_MS = 3 * 365 * 86_400_000;
/** Of its seconds, in one of ours. */
const RATE = 20;
const IDLE_SECONDS = 80;
const ABSOLUTE_SECONDS = 200;
const TOLERANCE_SECONDS = 120;

const reachable = process.env['DATABASE_URL'] !== undefined;
if (!reachable) process.stdout.write('A shifted system clock: skipped, DATABASE_URL is not set\n');

/** By the clock of the process. */
const seconds = (count: number) => delay((count * 1000) / RATE);

(reachable ? describeWithShiftedClock : describe.skip)(
  'A process whose system clock is three years ahead of its database, and runs twenty times as fast',
  () => {
    let home: BankHome;
    let host: TokenHostProcess;
    let phone: TokenClient;
    const startedAtMs = Date.now();

    beforeAll(async () => {
      buildTokenHost();
      home = await newBankHome();
      const port = await freePort();
      const lives = {
        idleTtlSeconds: IDLE_SECONDS,
        absoluteTtlSeconds: ABSOLUTE_SECONDS,
        // By so much longer goes on what is idle.
        lastUseFlushSeconds: 1,
      };
      const options = {
        port,
        origin: `http://127.0.0.1:${port}`,
        databaseUrl: home.variables['DATABASE_URL'] as string,
        adminKey: noteSecret(randomBytes(32).toString('base64url')),
        keyRing: noteSecret(randomBytes(32).toString('base64url')),
        options: {
          sessions: lives,
          tokens: {
            accessTokenTtlSeconds: 40,
            skewSeconds: 0,
            refreshIdleTtlSeconds: IDLE_SECONDS,
            refreshAbsoluteTtlSeconds: ABSOLUTE_SECONDS,
          },
        },
      };
      host = new TokenHostProcess(options, shiftedBy(`+${YEARS_MS / 86_400_000}d x${RATE}`));
      await host.run();
    }, 90_000);
    afterAll(async () => {
      expect(await host.stop()).toBe(0);
      await home.remove();
    }, 30_000);

    const ask = (prepared: Parameters<typeof sendToPort>[1]) => sendToPort(host.port, prepared);
    const mine = () => ask(phone.prepareGet('/mine'));
    const signIn = async (kind: 'tokens' | 'opaque'): Promise<void> => {
      phone = await TokenClient.register(host.admin, kind);
      phone.take(await ask(phone.prepareSignIn()));
    };
    const refresh = async (): Promise<PortAnswer> => {
      const answer = await ask(phone.prepareRefresh());
      if (answer.status === 200) phone.take(answer);
      return answer;
    };
    const refused = (answer: PortAnswer) => [answer.status, answer.code ?? answer.body['error']];

    it('[G11] issues tokens by its own time, which end by it', async () => {
      await signIn('tokens');
      const { iat, exp, auth_time: begunAt } = claimsOf(phone.accessToken);
      const shiftedNow = (Date.now() + YEARS_MS + (Date.now() - startedAtMs) * (RATE - 1)) / 1000;
      expect(Math.abs(iat - shiftedNow)).toBeLessThan(TOLERANCE_SECONDS);
      expect(exp - iat).toBeGreaterThan(36);
      expect(exp - iat).toBeLessThanOrEqual(40);
      expect(Math.abs(begunAt - iat)).toBeLessThan(RATE);
      expect((await mine()).status).toBe(200);
      await seconds(exp - iat + 5);
      expect(refused(await mine())).toEqual([401, 'user_token_invalid']);
      expect((await refresh()).status).toBe(200);
      expect((await mine()).status).toBe(200);
    });

    it('[G11] ends a family that nobody uses, and one that is used when it is old enough', async () => {
      await signIn('tokens');
      for (let used = 0; used < 3; used++) {
        await seconds(IDLE_SECONDS / 2);
        expect((await refresh()).status).toBe(200);
      }
      await seconds(ABSOLUTE_SECONDS - 1.5 * IDLE_SECONDS);
      expect(refused(await refresh())).toEqual([400, 'invalid_grant']);
      await signIn('tokens');
      await seconds(IDLE_SECONDS + 10);
      expect(refused(await refresh())).toEqual([400, 'invalid_grant']);
    });

    it('[I04] ends a session that nobody uses, and one that is used when it is old enough', async () => {
      await signIn('opaque');
      const beganAt = performance.now();
      while (performance.now() - beganAt < ((ABSOLUTE_SECONDS - 20) * 1000) / RATE) {
        expect((await mine()).status).toBe(200);
        await seconds(IDLE_SECONDS / 4);
      }
      await seconds(30);
      expect(refused(await mine())).toEqual([401, 'user_token_invalid']);
      await signIn('opaque');
      expect((await mine()).status).toBe(200);
      await seconds(IDLE_SECONDS + 10);
      expect(refused(await mine())).toEqual([401, 'user_token_invalid']);
    });

    it('revokes, and remembers it for as long as what was revoked could live', async () => {
      await signIn('tokens');
      expect((await mine()).status).toBe(200);
      const { jti } = phone.ids;
      expect((await host.admin.call('POST', '/revocations', { jti })).status).toBe(201);
      expect(refused(await mine())).toEqual([401, 'user_token_invalid']);
      const client = new Client({ connectionString: home.variables['DATABASE_URL'] });
      await client.connect();
      const { rows } = await client.query<{ recorded: Date; expires: Date }>(
        'SELECT recorded_at AS recorded, expires_at AS expires FROM portcullis_changes WHERE subject = $1',
        [jti],
      );
      await client.end();
      const [change] = rows;
      const { exp } = claimsOf(phone.accessToken);
      expect((change?.expires.getTime() ?? 0) / 1000).toBeGreaterThanOrEqual(exp);
      expect((change?.recorded.getTime() ?? 0) - Date.now()).toBeGreaterThan(YEARS_MS - 86_400_000);
    });
  },
);
