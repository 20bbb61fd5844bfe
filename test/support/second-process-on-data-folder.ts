import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { pathToFileURL } from 'node:url';

const BUILT = resolve('libs/nest/dist/stores/typeorm/embedded/index.js');

/** Runs each line of SQL it is given and answers with one line of JSON. */
const PROGRAM = `
  import { createInterface } from 'node:readline';
  const [, entry, dataDir] = process.argv;
  const { embeddedPostgres } = await import(entry);
  const pool = new (embeddedPostgres({ dataDir }).Pool)();
  const answer = async (work) => {
    try { console.log(JSON.stringify({ rows: (await work()).rows ?? [] })); }
    catch (error) { console.log(JSON.stringify({ error: error.name, message: error.message })); }
  };
  await answer(() => pool.query('SELECT 1'));
  for await (const sql of createInterface({ input: process.stdin })) await answer(() => pool.query(sql));
`;

export interface ChildAnswer {
  readonly rows?: Record<string, unknown>[];
  readonly error?: string;
  readonly message?: string;
}

/** A real second process on a data folder: the only kind that can be killed without warning. */
export class ProcessOnDataFolder {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  private constructor(dataDir: string) {
    const program = ['--input-type=module', '-e', PROGRAM, pathToFileURL(BUILT).href, dataDir];
    this.#child = spawn(process.execPath, program, { stdio: ['pipe', 'pipe', 'inherit'] });
    const output: Interface = createInterface({ input: this.#child.stdout! });
    this.#lines = output[Symbol.asyncIterator]();
  }

  /** Resolves with what came of opening the folder. */
  static async start(dataDir: string): Promise<{ process: ProcessOnDataFolder; opened: ChildAnswer }> {
    if (!existsSync(BUILT)) throw new Error('Build libs/nest first: a child process cannot run TypeScript');
    const process = new ProcessOnDataFolder(dataDir);
    return { process, opened: await process.#answer() };
  }

  run(sql: string): Promise<ChildAnswer> {
    this.#child.stdin!.write(`${sql}\n`);
    return this.#answer();
  }

  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }

  async #answer(): Promise<ChildAnswer> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error('The child process ended without an answer');
    return JSON.parse(value as string) as ChildAnswer;
  }
}
