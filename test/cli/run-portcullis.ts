import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { noteLog } from '../support/log-book.js';

export const BUILT = resolve('libs/cli/dist/main.js');

export interface Told {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** What stdin says; nothing unless told. */
  readonly input?: string;
  readonly cwd?: string;
}

/** Of whoever runs the tests, only what a process needs to run at all. */
const INHERITED = ['PATH', 'HOME', 'TMPDIR'];
const STACK = /^\s+at .+(?::\d+:\d+|\(node:)/m;

export function environmentOf(env: RunOptions['env'] = {}): Record<string, string> {
  const all = { ...Object.fromEntries(INHERITED.map((name) => [name, process.env[name]])), ...env };
  return Object.fromEntries(
    Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

/**
 * Runs the built tool in a process of its own. What it complains about goes into the log book, in which no secret may
 * be; a stack in it fails the test, whatever the test is about.
 */
export async function portcullis(words: readonly string[], options: RunOptions = {}): Promise<Told> {
  const told = await run(words, options);
  noteLog(told.stderr);
  if (!words.includes('--debug') && STACK.test(told.stdout + told.stderr))
    throw new Error(`a stack was shown: ${told.stderr}`);
  return told;
}

function run(words: readonly string[], { env, input = '', cwd }: RunOptions): Promise<Told> {
  if (!existsSync(BUILT)) throw new Error('Build the tool first (npx tsc -b)');
  const child = spawn(process.execPath, [BUILT, ...words], { env: environmentOf(env), cwd });
  const heard = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => (heard.stdout += String(chunk)));
  child.stderr.on('data', (chunk) => (heard.stderr += String(chunk)));
  // A tool that ends before it has read everything is no failure of the test's.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  return new Promise((done, failed) => {
    child.on('error', failed);
    child.on('close', (code) => done({ code, ...heard }));
  });
}

/** The same commands against one server, with its key. */
export class Operator {
  constructor(
    private readonly url: string,
    readonly adminKey: string,
  ) {}

  run(words: readonly string[], options: RunOptions = {}): Promise<Told> {
    const env = { PORTCULLIS_URL: this.url, PORTCULLIS_ADMIN_KEY: this.adminKey, ...options.env };
    return portcullis(words, { ...options, env });
  }

  /** What stdout holds, which has to be one JSON value. Throws when the command does not end with 0. */
  async json<T = Record<string, string>>(words: readonly string[], options: RunOptions = {}): Promise<T> {
    const { code, stdout, stderr } = await this.run([...words, '--json'], options);
    if (code !== 0 || stderr !== '') throw new Error(`${words.join(' ')}: ${code} ${stderr}`);
    return JSON.parse(stdout) as T;
  }
}

/** What a command complained about, as JSON. */
export function complaintOf({ stdout, stderr }: Told): Record<string, unknown> & { code: string } {
  if (stdout !== '') throw new Error('something was said on stdout');
  return (JSON.parse(stderr) as { error: Record<string, unknown> & { code: string } }).error;
}
