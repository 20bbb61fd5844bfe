import type { AuthorizationRequest } from './authorization-request.js';
import type { StartedSession } from './session.js';

/**
 * Sign-in in the system's browser, where the app sees no password: the authorization code grant (RFC 6749 §4.1) with PKCE
 * (RFC 7636), for native apps (RFC 8252) and pages.
 */
export interface Authorization {
  /**
   * The URL to open in the system's browser, never in a view of the app's own (RFC 8252 §8.12). The request waits in
   * `authorization.pending` for its answer; one that waited before is forgotten.
   *
   * Throws an AuthorizationError (`server_unanswered`, `server_unsuitable`, `issuer_mismatch`, `request_refused`), a
   * TypeError for a request that is none, and what the ports throw.
   */
  begin(request: AuthorizationRequest): Promise<string>;

  /**
   * Starts a session with the URL that the app was opened with. A system that hands over the same URL twice gets the same
   * session for both, while the first is under way.
   *
   * Throws an AuthorizationError of any code, an AnswerError `answer_unexpected` for tokens that are none, and what the
   * ports throw. Whoever is signed in stays so when it fails.
   */
  complete(callbackUrl: string): Promise<StartedSession>;
}
