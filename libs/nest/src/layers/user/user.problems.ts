import { SecurityProblem } from '../../pipeline/index.js';
import { DPOP_CHALLENGE } from './dpop.problems.js';

/** Under which scheme of `Authorization` a credential came. */
export type UserScheme = 'Bearer' | 'DPoP';

const INVALID = {
  Bearer: 'Bearer error="invalid_token"',
  DPoP: `${DPOP_CHALLENGE}, error="invalid_token"`,
} as const;

/** RFC 6750 §3.1: a request without any credential is told a scheme, that which every app may use, and nothing else. */
export function userTokenMissing(): SecurityProblem {
  return new SecurityProblem('user_token_missing', {
    reason: 'user_token_missing',
    headers: { 'WWW-Authenticate': 'Bearer' },
  });
}

/** One answer for a token or key that is malformed, forged, expired, ended, of nobody, or bound to a key and sent without proof. */
export function userTokenInvalid(reason: string, scheme: UserScheme): SecurityProblem {
  return new SecurityProblem('user_token_invalid', {
    reason,
    headers: { 'WWW-Authenticate': INVALID[scheme] },
  });
}

export function appUserMismatch(): SecurityProblem {
  return new SecurityProblem('app_user_mismatch', { reason: 'app_user_mismatch' });
}
