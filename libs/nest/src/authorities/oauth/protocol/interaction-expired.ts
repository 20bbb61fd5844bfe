import { OAuthError } from './oauth-error.js';

/** A form that is too old, that was made for another browser, or that somebody made up: nothing was done. */
export class InteractionExpired extends OAuthError {
  constructor(reason: string) {
    super('access_denied', { reason });
    this.name = 'InteractionExpired';
  }
}
