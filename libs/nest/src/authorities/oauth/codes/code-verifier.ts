import { hash } from 'node:crypto';
import { equalText } from '../../../crypto/index.js';
import type { AuthorizationGrant } from '../../authorizations/index.js';

/** RFC 7636 §4.1 */
const CODE_VERIFIER = /^[A-Za-z0-9._~-]{43,128}$/;

/** Whether it can be a code verifier at all. */
export function isCodeVerifier(text: string): boolean {
  return CODE_VERIFIER.test(text);
}

/** RFC 7636 §4.2, `S256` */
export function codeChallengeOf(verifier: string): string {
  return hash('sha256', verifier, 'base64url');
}

/** RFC 7636 §4.6: whether whoever has the verifier made the request. False for what can be no verifier. */
export function isVerifierOf(
  verifier: string,
  { codeChallenge, codeChallengeMethod }: Pick<AuthorizationGrant, 'codeChallenge' | 'codeChallengeMethod'>,
): boolean {
  if (!isCodeVerifier(verifier)) return false;
  return equalText(codeChallenge, codeChallengeMethod === 'plain' ? verifier : codeChallengeOf(verifier));
}
