import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { TokenHostOptions } from '../bench/stacks/token-host.js';
import { AdminClient } from './admin-client.js';
import { noteLog } from './log-book.js';

const ROOT = resolve(__dirname, '../..');
const HOST = resolve(ROOT, 'test/bench/dist/stacks/token-host.js');
const START_TIMEOUT_MS = 60_000;

/** Before the first of them: a process cannot run TypeScript. The packages have to be built already. */
export function buildTokenHost(): void {
  const { status, stdout } = spawnSync('npx', ['tsc', '-p', 'test/bench/tsconfig.json'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stdout);
}

/** A node that issues tokens, which can be killed, and started again on the same port. */
export class TokenHostProcess {
  readonly errorLines: string[] = [];
  readonly url: string;
  readonly admin: AdminClient;
  private child: ChildProcess | undefined;

  /** Further variables for the process, such as those of `faketime`. */
  constructor(
    private readonly options: TokenHostOptions,
    private readonly variables: Readonly<Record<string, string>> = {},
  ) {
    this.url = `http://127.0.0.1:${options.port}`;
    this.admin = new AdminClient(this.url, options.adminKey);
  }

  get port(): number {
    return this.options.port;
  }

  /** Resolves when it listens. Throws with what it said when it ends instead. */
  run(): Promise<void> {
    const env = { PATH: process.env['PATH'], ...this.variables, TOKEN_HOST: JSON.stringify(this.options) };
    const child = spawn(process.execPath, [HOST], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.child = child;
    createInterface({ input: child.stderr }).on('line', (line) => {
      this.errorLines.push(line);
      noteLog(line);
    });
    return new Promise((resolve, reject) => {
      const fail = () => reject(new Error(`the host did not start: ${this.errorLines.slice(-5).join('\n')}`));
      const timer = setTimeout(fail, START_TIMEOUT_MS);
      child.once('exit', fail);
      createInterface({ input: child.stdout }).on('line', (line) => {
        noteLog(line);
        if (line !== 'ready') return;
        clearTimeout(timer);
        resolve();
      });
    });
  }

  /** Stops it in order, if it runs. Resolves with its exit code. */
  async stop(): Promise<number | null> {
    return this.end('SIGTERM');
  }

  /** Kills it without warning, if it runs. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  private async end(signal: NodeJS.Signals): Promise<number | null> {
    const { child } = this;
    if (!child) return null;
    if (child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'exit');
      child.kill(signal);
      await ended;
    }
    return child.exitCode;
  }
}
