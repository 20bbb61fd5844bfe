import { checkTimes, type TimeTolerance } from '@portcullis/wire';
import type { Claims } from '../../crypto/index.js';
import type { UserCredential } from '../../layers/user/index.js';
import type { IssuedCredential, RevokedCredentials } from '../revocations/index.js';

/** As far as verifiers ask it. */
export type RevocationList = Pick<RevokedCredentials, 'includes'>;

/** Where nothing can be revoked. */
export const NOTHING_REVOKED: RevocationList = { includes: () => false };

/** An access token that was accepted, and what is asked about it each time it is presented. */
export interface AcceptedToken {
  readonly credential: UserCredential;
  readonly times: Pick<Claims, 'exp' | 'nbf' | 'iat'>;
  readonly issued: IssuedCredential;
}

/** What an accepted token stands for now. By what it says, never by its text: the same token has other spellings. */
export function holdsNow(
  { credential, times, issued }: AcceptedToken,
  revoked: RevocationList,
  tolerance: TimeTolerance,
): UserCredential | undefined {
  const holds = checkTimes(times, tolerance) === undefined && !revoked.includes(issued);
  return holds ? credential : undefined;
}
