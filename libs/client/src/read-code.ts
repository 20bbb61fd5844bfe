import { AuthorizationError } from './authorization-error.js';
import type { AuthorizationServerMetadata } from './authorization-server-metadata.js';
import type { CallbackParameters } from './read-callback.js';

/** `error` as RFC 6749 §4.1.2.1 allows it. */
const ERROR = /^[\x20-\x21\x23-\x5b\x5d-\x7e]{1,100}$/;

/**
 * The code of a callback. Throws an AuthorizationError: `issuer_mismatch` where it is another server's, which is judged
 * before anything else that it says (RFC 9207 §2.4); `authorization_refused` where it brings an error.
 */
export function readCode(parameters: CallbackParameters, metadata: AuthorizationServerMetadata): string {
  const { issuer, authorization_response_iss_parameter_supported: isNamed } = metadata;
  const from = parameters.get('iss') ?? (isNamed === true ? undefined : issuer);
  if (from !== issuer) throw new AuthorizationError('issuer_mismatch');
  const code = parameters.get('code');
  const error = parameters.get('error');
  if (error === undefined && code !== undefined && code !== '') return code;
  const oauthError = error !== undefined && ERROR.test(error) ? error : undefined;
  throw new AuthorizationError('authorization_refused', { oauthError });
}
