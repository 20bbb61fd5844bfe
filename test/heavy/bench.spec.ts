import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';

const root = resolve(__dirname, '../..');
const LONGEST_MS = 120_000;

interface Verdict {
  readonly throughputVsPeer: number;
  readonly addedCpuVsFloor: number;
}

interface Figures {
  readonly fastify: Verdict;
  readonly express: Verdict;
  readonly es256VsHs256: number;
}

it('costs less than what is put together by hand, and says so within two minutes', () => {
  spawnSync('npx', ['tsc', '-p', 'test/bench/tsconfig.json'], { cwd: root, stdio: 'inherit' });
  const startedAt = Date.now();
  const { status, stdout } = spawnSync(process.execPath, ['test/bench/dist/main.js', '--quick', '--json'], {
    cwd: root,
    encoding: 'utf8',
  });
  process.stdout.write(stdout);
  expect(status).toBe(0);
  expect(Date.now() - startedAt).toBeLessThan(LONGEST_MS);
  const { fastify, express, es256VsHs256 } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Figures;
  expect(fastify.throughputVsPeer).toBeGreaterThanOrEqual(1.6);
  expect(fastify.addedCpuVsFloor).toBeLessThanOrEqual(1.4);
  expect(express.throughputVsPeer).toBeGreaterThanOrEqual(1.3);
  expect(es256VsHs256).toBeLessThanOrEqual(1.15);
}, 300_000);
