import { spawn } from 'node:child_process';
import { once } from 'node:events';

export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly input?: string;
}

export interface CommandResult {
  /** Null when it was ended by a signal, the time limit's among them. */
  readonly exitCode: number | null;
  readonly stdout: string;
  /** Both streams as they came. */
  readonly output: string;
}

const TIME_LIMIT_MS = 120_000;

/** Runs a program to its end, together with everything that it starts. */
export async function runCommand({ program, args, cwd, env, input = '' }: Command): Promise<CommandResult> {
  // A group of its own, so that nothing that an example starts in the background stays behind.
  const child = spawn(program, args, { cwd, env, stdio: ['pipe', 'pipe', 'pipe'], detached: true });
  const timer = setTimeout(() => endGroup(child.pid), TIME_LIMIT_MS);
  let stdout = '';
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk;
    output += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
  child.stdin.on('error', () => {}).end(input);
  child.once('exit', () => endGroup(child.pid));
  await once(child, 'close');
  clearTimeout(timer);
  return { exitCode: child.exitCode, stdout, output };
}

function endGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // Nobody of the group is left.
  }
}
