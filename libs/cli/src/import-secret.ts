import { readNamedFile } from './read-named-file.js';
import type { Terminal } from './terminal.js';
import { UsageMistake } from './usage-mistake.js';

interface SecretFiles {
  readonly importFile?: string | undefined;
  readonly secretFile?: string | undefined;
}

/** A secret that others have already, from the file that `--import-file` names; undefined where none is named. Throws UsageMistake. */
export async function importSecret(
  { importFile, secretFile }: SecretFiles,
  terminal: Terminal,
): Promise<string | undefined> {
  if (importFile === undefined) return undefined;
  if (secretFile !== undefined)
    throw new UsageMistake('--import-file brings a secret, and --secret-file would have one made: name one');
  const secret = (await readNamedFile('--import-file', importFile, terminal)).trim();
  terminal.hide(secret);
  return secret;
}
