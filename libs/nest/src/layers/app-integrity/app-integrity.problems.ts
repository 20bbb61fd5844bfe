import { SecurityProblem } from '../../pipeline/index.js';

const CHALLENGE = { 'WWW-Authenticate': 'Integrity' };

export function integrityTokenMissing(): SecurityProblem {
  return new SecurityProblem('integrity_token_missing', {
    reason: 'integrity_token_missing',
    headers: CHALLENGE,
  });
}

/** One answer for every way of being wrong, a decoy's included: the app's user learns nothing from it. */
export function integrityTokenInvalid(reason: string): SecurityProblem {
  return new SecurityProblem('integrity_token_invalid', { reason, headers: CHALLENGE });
}
