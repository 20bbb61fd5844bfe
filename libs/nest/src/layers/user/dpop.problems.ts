import { SecurityProblem } from '../../pipeline/index.js';

/** RFC 9449 §7.1: the scheme, and what it accepts. */
export const DPOP_CHALLENGE = 'DPoP algs="ES256"';

/** One answer for a proof that is missing, malformed, forged, of another key or request, or was received before. */
export function invalidDpopProof(reason: string): SecurityProblem {
  return new SecurityProblem('invalid_dpop_proof', {
    reason,
    headers: { 'WWW-Authenticate': `${DPOP_CHALLENGE}, error="invalid_dpop_proof"` },
  });
}

/** RFC 9449 §8, §9: come again with this nonce. */
export function useDpopNonce(reason: string, nonce: string): SecurityProblem {
  return new SecurityProblem('use_dpop_nonce', {
    reason,
    headers: { 'WWW-Authenticate': `${DPOP_CHALLENGE}, error="use_dpop_nonce"`, 'DPoP-Nonce': nonce },
  });
}
