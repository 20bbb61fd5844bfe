import type { ClientApp } from '../../apps/index.js';
import { OAuthError } from '../protocol/oauth-error.js';
import type { AuthorizationRequest } from './authorization-request.js';

/** RFC 6749 §3.1.1. Throws `unsupported_response_type`, or `unauthorized_client` where the app may not use it. */
export function demandResponseType(
  client: ClientApp,
  responseType: string,
): AuthorizationRequest['responseType'] {
  switch (responseType) {
    case 'code':
      if (!client.grantTypes.includes('authorization_code'))
        throw new OAuthError('unauthorized_client', { reason: 'code_not_allowed' });
      return responseType;
    case 'token':
      if (!client.grantTypes.includes('implicit'))
        throw new OAuthError('unsupported_response_type', { reason: 'implicit_disabled' });
      // RFC 9449 §5.2: what is sent through the browser's address bar is bound to nobody's key.
      if (client.dpopBoundAccessTokens)
        throw new OAuthError('unauthorized_client', { reason: 'dpop_required' });
      return responseType;
    default:
      throw new OAuthError('unsupported_response_type', { reason: 'response_type_unknown' });
  }
}
