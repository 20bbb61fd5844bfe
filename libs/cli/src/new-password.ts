import type { Terminal } from './terminal.js';
import { UsageMistake } from './usage-mistake.js';

const INSTEAD = 'Send it to stdin with --password-stdin; it is never taken from the command line.';

/** From stdin, or typed twice without being shown. Throws UsageMistake. */
export async function newPassword(
  terminal: Terminal,
  { passwordStdin }: { readonly passwordStdin?: boolean | undefined },
): Promise<string> {
  if (passwordStdin === true) {
    const password = await terminal.readInput('--password-stdin');
    if (password === '') throw new UsageMistake('--password-stdin: nothing came in');
    terminal.hide(password);
    return password;
  }
  const password = await terminal.askHidden('New password: ', INSTEAD);
  if (password !== (await terminal.askHidden('The same again: ', INSTEAD)))
    throw new UsageMistake('Nothing was done: the two are not the same');
  return password;
}
