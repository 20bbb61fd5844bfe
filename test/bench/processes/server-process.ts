import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';

export interface ProcessOrder {
  readonly program: string;
  readonly arguments: readonly string[];
  readonly variables?: Readonly<Record<string, string>>;
  /** Part of the line on stdout that says that it listens. */
  readonly greeting: string;
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

const LAST_LINES = 5;

/** A server as it is deployed, in a process of its own: not pinned, and nothing is measured inside. */
export class ServerProcess {
  private constructor(private readonly child: ChildProcess) {}

  /** Resolves when it listens. Throws with what it said last when it ends instead. */
  static start({ program, arguments: given, variables, greeting }: ProcessOrder): Promise<ServerProcess> {
    const child = spawn(program, given, {
      env: { PATH: process.env['PATH'], ...variables },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const lines: string[] = [];
    createInterface({ input: child.stderr }).on('line', (line) => {
      lines.push(line);
      if (lines.length > LAST_LINES) lines.shift();
    });
    return new Promise((resolve, reject) => {
      createInterface({ input: child.stdout }).on('line', (line) => {
        if (line.includes(greeting)) resolve(new ServerProcess(child));
      });
      child.once('exit', (code) => reject(new Error(`a server ended with ${code}: ${lines.join('\n')}`)));
    });
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await ended;
  }
}
