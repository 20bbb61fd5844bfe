import { readFileSync, statSync } from 'node:fs';
import type { Terminal } from './terminal.js';
import { UsageMistake } from './usage-mistake.js';

/** RFC 6750 §2.1 */
const BEARER_TOKEN = /^[A-Za-z0-9._~+/-]{8,1024}=*$/;
const READABLE_BY_OTHERS = 0o077;
const HOW = 'Set PORTCULLIS_ADMIN_KEY, or name a file with --key-file (- reads stdin).';

/** Never an option's value, which a shell's history and the list of processes would show. Throws UsageMistake. */
export async function adminKey(keyFile: string | undefined, terminal: Terminal): Promise<string> {
  const text =
    keyFile === undefined ? process.env['PORTCULLIS_ADMIN_KEY'] : await keyInFile(keyFile, terminal);
  if (text === undefined || text.trim() === '')
    throw new UsageMistake('There is no administration key to use', HOW);
  const key = text.trim();
  terminal.hide(key);
  if (!BEARER_TOKEN.test(key))
    throw new UsageMistake('The administration key is none: it holds characters that no key has', HOW);
  return key;
}

/** The path is not repeated: it may be the key itself, in the wrong place. */
async function keyInFile(path: string, terminal: Terminal): Promise<string> {
  if (path === '-') return terminal.readInput('--key-file -');
  try {
    const text = readFileSync(path, 'utf8');
    if (process.platform !== 'win32' && (statSync(path).mode & READABLE_BY_OTHERS) !== 0)
      terminal.warn('Others on this machine can read the key file: chmod 600 it.');
    return text;
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    throw new UsageMistake(`The file that --key-file names cannot be read (${code})`, HOW);
  }
}
