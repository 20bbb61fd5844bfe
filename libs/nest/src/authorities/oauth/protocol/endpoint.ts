/** Endpoints whose requests pass the table of steps. `pushed`: `/oauth/par`. */
export type Endpoint = 'authorize' | 'pushed' | 'token' | 'revoke' | 'introspect';

/** As the log names them. */
export const ROUTES: Readonly<Record<Endpoint, string>> = {
  authorize: 'GET /oauth/authorize',
  pushed: 'POST /oauth/par',
  token: 'POST /oauth/token',
  revoke: 'POST /oauth/revoke',
  introspect: 'POST /oauth/introspect',
};
