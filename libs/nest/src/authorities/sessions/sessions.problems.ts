import { SecurityProblem } from '../../pipeline/index.js';

/** RFC 7617 §2.1 */
const CHALLENGE = { 'WWW-Authenticate': 'Basic realm="sessions", charset="UTF-8"' };

export function passwordMissing(): SecurityProblem {
  return new SecurityProblem('user_token_missing', { reason: 'basic_missing', headers: CHALLENGE });
}

/** One answer for an unknown user, a wrong password and a suspended user. */
export function passwordInvalid(): SecurityProblem {
  return new SecurityProblem('user_token_invalid', {
    reason: 'password_invalid',
    detail: 'The username or the password is not valid.',
    headers: CHALLENGE,
  });
}

/** The app has other ways to sign its users in, and is not allowed this one. */
export function passwordRefused(): SecurityProblem {
  return new SecurityProblem('insufficient_scope', {
    reason: 'app_signs_in_in_the_browser',
    detail: 'This app signs its users in in the browser.',
  });
}

export function tooManyFailures(retryAfterMs: number): SecurityProblem {
  return new SecurityProblem('rate_limited', {
    reason: 'sign_in_back_off',
    headers: { 'Retry-After': String(Math.max(1, Math.ceil(retryAfterMs / 1000))) },
  });
}

/** The app was removed while its user signed in. */
export function appRemoved(): SecurityProblem {
  return new SecurityProblem('app_key_invalid', {
    reason: 'app_removed',
    headers: { 'WWW-Authenticate': 'key' },
  });
}
