import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';

const STARTS = 9;
const GIVE_UP_AFTER_MS = 30_000;
const ASK_EVERY_MS = 5;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function isReady(port: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${port}/health/ready`)).status === 200;
  } catch {
    return false;
  }
}

/** Milliseconds from the start of the process until `GET /health/ready` says yes. */
async function bootOnce(dataDir: string): Promise<number> {
  const port = await freePort();
  const main = new URL('../../../../dist/src/main.js', import.meta.url).pathname;
  const startedAt = performance.now();
  const bank = spawn(process.execPath, [main], {
    env: { ...process.env, HOST: '127.0.0.1', PORT: String(port), DATA_DIR: dataDir },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  try {
    while (!(await isReady(port))) {
      if (bank.exitCode !== null || performance.now() - startedAt > GIVE_UP_AFTER_MS)
        throw new Error('the bank did not start');
      await delay(ASK_EVERY_MS);
    }
    return performance.now() - startedAt;
  } finally {
    const ended = once(bank, 'exit');
    if (bank.exitCode === null && bank.kill('SIGTERM')) await ended;
  }
}

/** Starts of the sample bank on the server that `DATABASE_URL` names; the first one, which migrates, is left out. */
export async function timeBoots(): Promise<number[]> {
  if (!process.env['DATABASE_URL']) throw new Error('DATABASE_URL names no PostgreSQL to start on');
  const dataDir = await mkdtemp(join(tmpdir(), 'portcullis-boot-'));
  const tookMs: number[] = [];
  try {
    await bootOnce(dataDir);
    for (let start = 0; start < STARTS; start++) tookMs.push(await bootOnce(dataDir));
    return tookMs;
  } finally {
    await rm(dataDir, { recursive: true });
  }
}
