import { OAuthError } from './oauth-error.js';

/** The redirect URI is missing, or none of the app's: there is nowhere to send the answer but to whoever asked. */
export class RedirectUriRefused extends OAuthError {
  constructor(reason: 'redirect_uri_missing' | 'redirect_uri_mismatch') {
    super('invalid_request', { reason });
    this.name = 'RedirectUriRefused';
  }
}
