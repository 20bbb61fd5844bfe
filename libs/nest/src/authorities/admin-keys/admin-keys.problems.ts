import { SecurityProblem } from '../../pipeline/index.js';
import type { AdminScope } from './admin-scope.js';

/** One answer for a key that is missing, malformed, unknown, expired or revoked. */
export function adminKeyInvalid(reason: string): SecurityProblem {
  return new SecurityProblem('admin_key_invalid', { reason, headers: { 'WWW-Authenticate': 'Bearer' } });
}

/** RFC 6750 §3.1, for a key that is valid and may not do this. */
export function adminScopeMissing(missing: readonly AdminScope[]): SecurityProblem {
  const scope = missing.join(' ');
  return new SecurityProblem('insufficient_scope', {
    reason: 'admin_scope_denied',
    members: { scope },
    headers: { 'WWW-Authenticate': `Bearer error="insufficient_scope", scope="${scope}"` },
  });
}
