import { decodeBase64Url } from '@portcullis/wire';
import type { ClientApp } from '../../apps/index.js';
import { OAuthError } from '../protocol/oauth-error.js';
import type { Parameters } from '../protocol/parameters.js';

/** `code-challenge` of RFC 7636 §4.2, which is a verifier where the method is `plain`. */
const PLAIN = /^[A-Za-z0-9._~-]{43,128}$/;
const SHA_256_BYTES = 32;

/**
 * RFC 7636 §4.3: undefined where nothing was said. Without `code_challenge_method` it is `plain`, which only an app that is allowed it
 * may use: the challenge is the verifier, and whoever sees the request could redeem the code. Throws `invalid_request`.
 */
export function readCodeChallenge(
  parameters: Parameters,
  { plainPkce }: Pick<ClientApp, 'plainPkce'>,
): { readonly challenge: string; readonly method: 'S256' | 'plain' } | undefined {
  const challenge = parameters.get('code_challenge');
  const method = parameters.get('code_challenge_method') ?? 'plain';
  if (challenge === undefined) {
    if (parameters.has('code_challenge_method')) throw refused('pkce_method_without_challenge');
    return undefined;
  }
  if (method !== 'S256' && method !== 'plain') throw refused('pkce_method_unknown');
  if (method === 'plain' && !plainPkce) throw refused('pkce_plain');
  const isWellFormed = method === 'plain' ? PLAIN.test(challenge) : isDigest(challenge);
  if (!isWellFormed) throw refused('pkce_malformed');
  return { challenge, method };
}

function isDigest(text: string): boolean {
  return decodeBase64Url(text)?.byteLength === SHA_256_BYTES;
}

function refused(reason: string): OAuthError {
  return new OAuthError('invalid_request', { reason });
}
