import { readNamedFile } from './read-named-file.js';
import type { Terminal } from './terminal.js';

/** A secret that others have already, from the file that `--import-file` names. Throws UsageMistake. */
export async function importSecret(file: string, terminal: Terminal): Promise<string> {
  const secret = (await readNamedFile('--import-file', file, terminal)).trim();
  terminal.hide(secret);
  return secret;
}
