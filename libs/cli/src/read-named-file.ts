import { readFileSync } from 'node:fs';
import type { Terminal } from './terminal.js';
import { UsageMistake } from './usage-mistake.js';

/**
 * The text of the file that an option names; `-` reads stdin. Throws UsageMistake. The path is not repeated: it may be a
 * secret, in the wrong place.
 */
export async function readNamedFile(flag: string, path: string, terminal: Terminal): Promise<string> {
  if (path === '-') return terminal.readInput(`${flag} -`);
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    throw new UsageMistake(`The file that ${flag} names cannot be read (${code})`);
  }
}
