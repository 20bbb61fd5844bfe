import { SecurityProblem } from '../../../pipeline/index.js';
import { InvalidGrant, ScopeExceeded } from '../../tokens/index.js';
import { OAuthError } from './oauth-error.js';

/** What an authority has thrown, in the words of RFC 6749 §5.2; undefined for anything that is no refusal. */
export function oauthRefusal(error: unknown): OAuthError | undefined {
  if (error instanceof OAuthError) return error;
  if (error instanceof InvalidGrant) return new OAuthError('invalid_grant', { reason: error.reason });
  if (error instanceof ScopeExceeded) return new OAuthError('invalid_scope', { reason: 'scope_exceeded' });
  if (!(error instanceof SecurityProblem)) return undefined;
  const { code, reason, headers } = error;
  if (code === 'invalid_dpop_proof' || code === 'use_dpop_nonce' || code === 'rate_limited')
    return new OAuthError(code, { reason, headers });
  // Never as a grant that does not hold: it would make a phone log its user out.
  if (code === 'temporarily_unavailable') return new OAuthError(code, { reason, headers });
  return new OAuthError('invalid_request', { reason });
}
