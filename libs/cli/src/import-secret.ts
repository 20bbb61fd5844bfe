import { readFileSync } from 'node:fs';
import type { Terminal } from './terminal.js';
import { UsageMistake } from './usage-mistake.js';

/** A secret that others have already, from the file that `--import-file` names. The path is not repeated: it may be the secret itself, in the wrong place. */
export async function importSecret(file: string, terminal: Terminal): Promise<string> {
  const text = file === '-' ? await terminal.readInput('--import-file -') : readSecret(file);
  const secret = text.trim();
  terminal.hide(secret);
  return secret;
}

function readSecret(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    throw new UsageMistake(`The file that --import-file names cannot be read (${code})`);
  }
}
