import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { availableParallelism } from 'node:os';

export interface ChildOrder {
  /** Module to run, resolved beside this one. */
  readonly module: string;
  readonly arguments?: readonly string[];
  readonly nodeOptions?: readonly string[];
  /** Pinned to it where the system can. */
  readonly core: number;
  /** Beside those of this process. */
  readonly variables?: Readonly<Record<string, string>>;
}

const CAN_PIN =
  process.platform === 'linux' &&
  availableParallelism() > 1 &&
  spawnSync('taskset', ['--version']).status === 0;

/** Servers share one core, of which only one is used at a time, and the load comes from the other. */
export const SERVER_CORE = 0;
export const LOAD_CORE = 1;

/** A process of the bench, asked one thing at a time. */
export class Child {
  private answers: ((answer: unknown) => void)[] = [];
  private failed: Error | undefined;
  private failures: ((error: Error) => void)[] = [];

  private constructor(private readonly process: ChildProcess) {
    process.on('message', (answer) => {
      this.failures.shift();
      this.answers.shift()?.(answer);
    });
    process.on('exit', (code) => {
      this.failed = new Error(`a process of the bench ended with ${code}`);
      for (const fail of this.failures) fail(this.failed);
    });
  }

  static start({ module, arguments: given = [], nodeOptions = [], core, variables }: ChildOrder): Child {
    const file = new URL(module, import.meta.url).pathname;
    const command = [process.execPath, ...nodeOptions, file, ...given];
    const pinned = CAN_PIN ? ['taskset', '-c', String(core), ...command] : command;
    const [program = '', ...rest] = pinned;
    const env = { ...process.env, ...variables };
    return new Child(spawn(program, rest, { env, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] }));
  }

  /** What the process says next. */
  next<T>(): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.failed) return reject(this.failed);
      this.answers.push(resolve as (answer: unknown) => void);
      this.failures.push(reject);
    });
  }

  ask<T>(question: string | object): Promise<T> {
    const answer = this.next<T>();
    this.process.send(question);
    return answer;
  }

  async stop(): Promise<void> {
    if (this.failed) return;
    const ended = new Promise((resolve) => this.process.once('exit', resolve));
    this.process.disconnect();
    await ended;
  }
}
