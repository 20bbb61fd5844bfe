import type { AuthorizationServerMetadata } from './authorization-server-metadata.js';
import type { SessionStore } from './session-store.js';

export interface AuthorizationOptions {
  /** Whose users sign in, exactly as its metadata spell it; the API's origin unless told. */
  readonly issuer?: string;
  /** Looked up at the issuer (RFC 8414) when they are first needed, unless told. */
  readonly metadata?: AuthorizationServerMetadata;
  /**
   * Where the request waits while the user is in the browser: a place of its own, not that of the session. In memory unless
   * told, and then lost when the system ends the app meanwhile. A page that is left for the sign-in keeps it in
   * `sessionStorage`: it is of use only together with the answer, and for an hour.
   */
  readonly pending?: SessionStore;
}
