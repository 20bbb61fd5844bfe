import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { UsageMistake } from './usage-mistake.js';

const OWNER_ONLY = 0o600;

/**
 * A new file for a secret, which its owner alone can read. Made before the secret is, for one that cannot be put anywhere
 * would be lost.
 */
export class SecretFile {
  private constructor(
    readonly path: string,
    private readonly descriptor: number,
  ) {}

  /** Throws UsageMistake when there is something already, whatever it is, or when nothing can be made there. */
  static create(path: string): SecretFile {
    try {
      return new SecretFile(path, openSync(path, 'wx', OWNER_ONLY));
    } catch (error) {
      const { code = 'unknown' } = error as NodeJS.ErrnoException;
      throw code === 'EEXIST'
        ? new UsageMistake('The file that --secret-file names is there already: it is not overwritten')
        : new UsageMistake(`The file that --secret-file names cannot be made (${code})`);
    }
  }

  write(text: string): void {
    writeSync(this.descriptor, `${text}\n`);
    closeSync(this.descriptor);
  }

  /** Nothing was made that could be kept. */
  discard(): void {
    closeSync(this.descriptor);
    rmSync(this.path, { force: true });
  }
}
