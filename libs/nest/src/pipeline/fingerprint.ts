import { createHmac, randomBytes } from 'node:crypto';

/** How a value that must not be read in a log is recognised there all the same. */
export abstract class Fingerprint {
  /** 8 hex digits. */
  abstract of(value: string): string;
}

/** Recognises within the life of this process, for applications that have no key ring. */
export class ProcessFingerprint extends Fingerprint {
  private readonly key = randomBytes(32);

  override of(value: string): string {
    return createHmac('sha256', this.key).update(value, 'utf8').digest('hex').slice(0, 8);
  }
}
