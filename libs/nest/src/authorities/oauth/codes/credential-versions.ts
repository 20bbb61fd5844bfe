import { Injectable } from '@nestjs/common';
import { KeyRing } from '../../../crypto/index.js';
import type { UserAccount } from '../../users/index.js';

const PURPOSE = 'credential version';

/**
 * The credential versions of accounts as keyed hashes: what may leave for a browser, sealed, or rest in a row. The version
 * itself may be the hash of a password.
 */
@Injectable()
export class CredentialVersions {
  constructor(private readonly keyRing: KeyRing) {}

  hashOf({ credentialVersion }: Pick<UserAccount, 'credentialVersion'>): string {
    return this.keyRing.keyedHash(PURPOSE, credentialVersion);
  }

  /** Whether the account has the same credentials as when the hash was made. */
  isStill({ credentialVersion }: Pick<UserAccount, 'credentialVersion'>, hash: string): boolean {
    return this.keyRing.matchesHash(PURPOSE, credentialVersion, hash);
  }
}
