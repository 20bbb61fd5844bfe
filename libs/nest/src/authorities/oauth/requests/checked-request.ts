import type { AuthorizationRequest } from './authorization-request.js';

const MEMBERS: Readonly<Record<keyof AuthorizationRequest, true>> = {
  appId: true,
  redirectUri: true,
  responseType: true,
  responseMode: true,
  state: true,
  codeChallenge: true,
  codeChallengeMethod: true,
  scopes: true,
  resource: true,
  dpopJkt: true,
};

/** The request, once every step has left its part. Throws TypeError where one is missing: a row of the table is. */
export function checkedRequest(request: Partial<AuthorizationRequest>): AuthorizationRequest {
  if (!isWhole(request)) throw new TypeError('authorization request: a part of it was not checked');
  return request;
}

function isWhole(request: Partial<AuthorizationRequest>): request is AuthorizationRequest {
  return Object.keys(MEMBERS).every((name) => request[name as keyof AuthorizationRequest] !== undefined);
}
