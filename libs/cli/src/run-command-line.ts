import { CommanderError } from 'commander';
import { CliError, EXIT } from './cli-error.js';
import { markDashes } from './dash-words.js';
import { explainMistake } from './explain-mistake.js';
import { buildProgram } from './program.js';
import { printable, printableJson } from './printable.js';
import { Terminal } from './terminal.js';
import { workplaces } from './workplace.js';

/** Runs one command line. Every error is told in words, and sets the exit code; a stack is for `--debug` alone. */
export async function runCommandLine(words: readonly string[]): Promise<void> {
  const terminal = new Terminal(words.includes('--json'));
  const complain = (error: unknown) => complainAbout(error, { terminal, debug: words.includes('--debug') });
  // Somebody who reads the first lines and goes, as `head` does, is no mistake.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', ignoreClosedPipe);
  process.on('uncaughtException', complain);
  try {
    await buildProgram(workplaces(terminal), terminal).parseAsync(markDashes(words), { from: 'user' });
  } catch (error) {
    complain(error);
  }
}

function ignoreClosedPipe({ code }: NodeJS.ErrnoException): void {
  if (code !== 'EPIPE') process.exitCode = EXIT.refused;
}

interface Listener {
  readonly terminal: Terminal;
  readonly debug: boolean;
}

function complainAbout(thrown: unknown, { terminal, debug }: Listener): void {
  const error = thrown instanceof CommanderError ? explainMistake(thrown) : thrown;
  if (error === undefined) return;
  const known = error instanceof CliError ? error : bugOf(error);
  process.exitCode = known.exitCode;
  terminal.say(terminal.speaksJson ? jsonOf(known) : linesOf(known));
  if (debug && error instanceof Error && error.stack !== undefined) terminal.say(error.stack);
}

/** The class alone: a message may quote what must not be shown. */
function bugOf(error: unknown): CliError {
  const name = error instanceof Error ? error.name : typeof error;
  return new CliError(`This should not have happened (${printable(name)})`, {
    exitCode: EXIT.refused,
    code: 'bug',
    advice: 'Try again with --debug, and report what it shows.',
  });
}

function linesOf({ message, advice }: CliError): string {
  return [`portcullis: ${message}`, ...(advice === undefined ? [] : [`  ${advice}`])].join('\n');
}

function jsonOf({ code, message, advice, members }: CliError): string {
  return printableJson({ error: { code, message, ...(advice !== undefined && { advice }), ...members } });
}
