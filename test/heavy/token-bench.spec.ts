import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';

const root = resolve(__dirname, '../..');
const LONGEST_MS = 900_000;

interface RevocationFigures {
  readonly revocations: number;
  readonly p99Ms: number;
  readonly wrongfulRefusals: number;
  readonly lateAcceptances: number;
}

const reachable = process.env['DATABASE_URL'] !== undefined;
if (!reachable) process.stdout.write('Benches of tokens: skipped, DATABASE_URL is not set\n');

/** What the bench says in its last line. */
function run<T>(mode: string): T {
  const { status, stdout } = spawnSync(process.execPath, ['test/bench/dist/main.js', mode, '--json'], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  process.stdout.write(stdout);
  expect(status).toBe(0);
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as T;
}

(reachable ? describe : describe.skip)('Tokens', () => {
  beforeAll(() => {
    spawnSync('npx', ['tsc', '-p', 'test/bench/tsconfig.json'], { cwd: root, stdio: 'inherit' });
  }, 60_000);

  it(
    'refuse everywhere what is revoked, within a quarter of a second with Redis and half a second without',
    () => {
      const { redis, notify } = run<Record<'redis' | 'notify', RevocationFigures>>('--revocation');
      for (const figures of [redis, notify])
        expect(figures).toMatchObject({ revocations: 500, wrongfulRefusals: 0, lateAcceptances: 0 });
      expect(redis.p99Ms).toBeLessThanOrEqual(250);
      expect(notify.p99Ms).toBeLessThanOrEqual(500);
    },
    LONGEST_MS,
  );

  it(
    'cost a request beside a million live revocations what they cost it beside none',
    () => {
      const { millionVsNone, bytesEach, pairs } = run<{
        readonly millionVsNone: number;
        readonly bytesEach: number;
        readonly pairs: number;
      }>('--revoked');
      expect(pairs).toBeGreaterThanOrEqual(9);
      expect(millionVsNone).toBeLessThanOrEqual(1.1);
      expect(bytesEach).toBeLessThanOrEqual(200);
    },
    LONGEST_MS,
  );

  it(
    'are issued to a client itself 1.8 times as fast as oidc-provider issues them in memory',
    () => {
      const { vsOidcInMemory, rounds } = run<{ readonly vsOidcInMemory: number; readonly rounds: number }>(
        '--client-credentials',
      );
      expect(rounds).toBeGreaterThanOrEqual(9);
      expect(vsOidcInMemory).toBeGreaterThanOrEqual(1.8);
    },
    LONGEST_MS,
  );

  it(
    'are refreshed three times as fast as oidc-provider refreshes them on PostgreSQL, and as fast as it does in memory',
    () => {
      const { vsOidcOnPostgres, vsOidcInMemory, rounds } = run<{
        readonly vsOidcOnPostgres: number;
        readonly vsOidcInMemory: number;
        readonly rounds: number;
      }>('--refresh');
      expect(rounds).toBeGreaterThanOrEqual(9);
      expect(vsOidcOnPostgres).toBeGreaterThanOrEqual(3);
      expect(vsOidcInMemory).toBeGreaterThanOrEqual(1);
    },
    LONGEST_MS,
  );
});
