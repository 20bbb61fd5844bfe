import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { freePort } from './bank.js';

const READY_TIMEOUT_MS = 30_000;
const LOOK_AGAIN_MS = 50;
const INSTALLED = '/usr/lib/postgresql';

/** Folder of the newest server that is installed. */
function findPrograms(): string | undefined {
  try {
    const [newest] = readdirSync(INSTALLED).toSorted((one, other) => Number(other) - Number(one));
    const folder = join(INSTALLED, newest ?? '', 'bin');
    return spawnSync(join(folder, 'postgres'), ['--version']).status === 0 ? folder : undefined;
  } catch {
    return undefined;
  }
}

const programs = findPrograms();
if (programs === undefined)
  process.stdout.write('Failures of PostgreSQL: skipped, there is no server to start\n');

/** For suites that kill and freeze a PostgreSQL: one of their own. */
export const describeWithOwnPostgres = programs === undefined ? describe.skip : describe;

/** The server refuses to run as root. */
function unprivileged(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const idOf = (flag: string) => Number(spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' }).stdout);
  return { uid: idOf('-u'), gid: idOf('-g') };
}

/** A PostgreSQL of this test alone, on a port that stays the same however often it is started again. */
export class OwnPostgresServer {
  private child: ChildProcess | undefined;

  private constructor(
    private readonly port: number,
    private readonly folder: string,
    private readonly owner: { uid?: number; gid?: number },
  ) {}

  static async start(): Promise<OwnPostgresServer> {
    const folder = mkdtempSync(join(tmpdir(), 'own-postgres-'));
    const owner = unprivileged();
    if (owner.uid !== undefined && owner.gid !== undefined) chownSync(folder, owner.uid, owner.gid);
    const made = spawnSync(
      join(programs as string, 'initdb'),
      ['-D', join(folder, 'data'), '-U', 'owner', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'],
      { ...owner, cwd: folder, encoding: 'utf8' },
    );
    if (made.status !== 0) throw new Error(made.stderr);
    const server = new OwnPostgresServer(await freePort(), folder, owner);
    await server.run();
    return server;
  }

  get url(): string {
    return `postgres://owner@127.0.0.1:${this.port}/postgres`;
  }

  /** Resolves when it answers: after a crash, when it has recovered. */
  async run(): Promise<void> {
    const options = [
      `port=${this.port}`,
      'listen_addresses=127.0.0.1',
      `unix_socket_directories=${this.folder}`,
    ];
    this.child = spawn(
      join(programs as string, 'postgres'),
      ['-D', join(this.folder, 'data'), ...options.flatMap((option) => ['-c', option])],
      { ...this.owner, cwd: this.folder, stdio: 'ignore' },
    );
    const deadline = performance.now() + READY_TIMEOUT_MS;
    while (!(await this.answers())) {
      if (performance.now() > deadline) throw new Error('PostgreSQL does not answer');
      await delay(LOOK_AGAIN_MS);
    }
  }

  /** Without warning, and everything that it started with it: the next start finds what a crash leaves. */
  async kill(): Promise<void> {
    const { child } = this;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    this.signal('SIGKILL');
    await once(child, 'exit');
  }

  /** Connections stay open, and nothing answers. */
  freeze(): void {
    this.signal('SIGSTOP');
  }

  thaw(): void {
    this.signal('SIGCONT');
  }

  async query<Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> {
    const client = new Client({ connectionString: this.url });
    await client.connect();
    try {
      return (await client.query<Row>(text, values)).rows;
    } finally {
      await client.end();
    }
  }

  /** Leaves nothing behind. */
  async end(): Promise<void> {
    this.thaw();
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  private async answers(): Promise<boolean> {
    const client = new Client({ connectionString: this.url, connectionTimeoutMillis: 1_000 });
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.end();
      return true;
    } catch {
      return false;
    }
  }

  /** To the server first, so that it starts no further process, and then to those that it has started. */
  private signal(signal: NodeJS.Signals): void {
    const pid = this.child?.pid;
    if (pid === undefined || this.child?.exitCode !== null) return;
    const children = childrenOf(pid);
    for (const each of [pid, ...children]) {
      try {
        process.kill(each, signal);
      } catch {
        // It has ended meanwhile.
      }
    }
  }
}

function childrenOf(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return children
    .split(' ')
    .filter((text) => text !== '')
    .map(Number);
}
