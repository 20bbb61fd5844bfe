import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { AdminClient } from './admin-client.js';
import { freePort, type BankHome, type BankVariables } from './bank.js';
import { noteLog } from './log-book.js';

const BUILT = resolve('dist/src/main.js');
const START_TIMEOUT_MS = 60_000;
const LOOK_AGAIN_MS = 50;
/** Of whoever runs the tests, only what a process needs to run at all: a bank's settings are the test's. */
const INHERITED = ['PATH', 'HOME', 'TMPDIR'];

export interface BankProcessOptions {
  readonly home: BankHome;
  readonly variables?: BankVariables;
  /** One that is free, unless it is given. */
  readonly port?: number;
}

/** The built bank in a process of its own, which can be killed, and started again on the same port and home. */
export class BankProcess {
  /** What it wrote to stderr, over all its lives: its log. */
  readonly errorLines: string[] = [];
  /** What it wrote to stdout: no log, the demo's secrets are meant to be read there. */
  readonly outputLines: string[] = [];
  readonly url: string;
  readonly admin: AdminClient;
  private child: ChildProcess | undefined;

  private constructor(
    readonly port: number,
    private readonly options: BankProcessOptions,
  ) {
    this.url = `http://127.0.0.1:${port}`;
    this.admin = new AdminClient(this.url, options.home.adminKey);
  }

  /** Resolves when it is ready. Throws with what it said when it ends instead. */
  static async start(options: BankProcessOptions): Promise<BankProcess> {
    const bank = await BankProcess.prepare(options);
    await bank.run();
    return bank;
  }

  /** Not started yet. */
  static async prepare(options: BankProcessOptions): Promise<BankProcess> {
    if (!existsSync(BUILT))
      throw new Error('Build the bank first (npx tsc -b): a process cannot run TypeScript');
    return new BankProcess(options.port ?? (await freePort()), options);
  }

  /** Starts it, after the first time again. Resolves when it has said where it listens and is ready. */
  async run(): Promise<void> {
    const { child, greeted } = this.spawn();
    const deadline = performance.now() + START_TIMEOUT_MS;
    while (!(greeted() && (await this.isReady()))) {
      if (hasEnded(child)) throw new Error(`The bank ended with ${child.exitCode}: ${this.lastWords()}`);
      if (performance.now() > deadline) throw new Error(`The bank is not ready: ${this.lastWords()}`);
      await delay(LOOK_AGAIN_MS);
    }
  }

  /** For a start that is meant to fail: resolves with the exit code, or with null when it does not end in time. */
  async runToItsEnd(timeoutMs = START_TIMEOUT_MS): Promise<number | null> {
    const { child } = this.spawn();
    await Promise.race([once(child, 'close'), delay(timeoutMs, undefined, { ref: false })]);
    if (!hasEnded(child)) await this.kill();
    return child.exitCode;
  }

  /** Sends SIGTERM without waiting for anything. */
  terminate(): void {
    this.child?.kill('SIGTERM');
  }

  /** Stops it in order, if it runs. Resolves with its exit code. */
  async stop(): Promise<number | null> {
    this.terminate();
    return this.ended();
  }

  /** Kills it without warning, if it runs. */
  async kill(): Promise<void> {
    this.child?.kill('SIGKILL');
    await this.ended();
  }

  pause(): void {
    this.child?.kill('SIGSTOP');
  }

  resume(): void {
    this.child?.kill('SIGCONT');
  }

  /** Resolves with the exit code once it has ended. */
  async ended(): Promise<number | null> {
    const { child } = this;
    if (!child) return null;
    if (!hasEnded(child)) await once(child, 'exit');
    return child.exitCode;
  }

  async isReady(): Promise<boolean> {
    const answer = await fetch(`${this.url}/health/ready`).catch(() => undefined);
    await answer?.body?.cancel();
    return answer?.status === 200;
  }

  private spawn(): { child: ChildProcess; greeted: () => boolean } {
    const inherited = INHERITED.map((name) => [name, process.env[name]]);
    const env = {
      ...Object.fromEntries(inherited),
      ...this.options.home.variables,
      PORT: String(this.port),
      ...this.options.variables,
    };
    const child = spawn(process.execPath, [BUILT], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.child = child;
    let greeted = false;
    createInterface({ input: child.stdout }).on('line', (line) => {
      this.outputLines.push(line);
      greeted ||= line.startsWith('The sample bank listens');
    });
    createInterface({ input: child.stderr }).on('line', (line) => {
      this.errorLines.push(line);
      noteLog(line);
    });
    return { child, greeted: () => greeted };
  }

  private lastWords(): string {
    return this.errorLines.slice(-5).join('\n');
  }
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}
