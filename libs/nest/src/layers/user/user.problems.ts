import { SecurityProblem } from '../../pipeline/index.js';

/** RFC 6750 §3.1: a request without any credential is told the scheme and nothing else. */
export function userTokenMissing(): SecurityProblem {
  return new SecurityProblem('user_token_missing', {
    reason: 'user_token_missing',
    headers: { 'WWW-Authenticate': 'Bearer' },
  });
}

/** One answer for a token or key that is malformed, forged, expired, ended or of nobody. */
export function userTokenInvalid(reason: string): SecurityProblem {
  return new SecurityProblem('user_token_invalid', {
    reason,
    headers: { 'WWW-Authenticate': 'Bearer error="invalid_token"' },
  });
}

export function appUserMismatch(): SecurityProblem {
  return new SecurityProblem('app_user_mismatch', { reason: 'app_user_mismatch' });
}
