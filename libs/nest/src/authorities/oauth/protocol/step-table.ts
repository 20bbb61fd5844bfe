import type { Type } from '@nestjs/common';
import type { Endpoint } from './endpoint.js';
import type { ExchangeStep } from './exchange-step.js';
import { AskUser } from './steps/ask-user.js';
import { AuthenticateClient } from './steps/authenticate-client.js';
import { CheckDpopKey } from './steps/check-dpop-key.js';
import { CheckDpopProof } from './steps/check-dpop-proof.js';
import { CheckPkce } from './steps/check-pkce.js';
import { CheckRedirectUri } from './steps/check-redirect-uri.js';
import { CheckResource } from './steps/check-resource.js';
import { CheckResponseType } from './steps/check-response-type.js';
import { CheckScope } from './steps/check-scope.js';
import { CommitClaims } from './steps/commit-claims.js';
import { DemandPushedRequest } from './steps/demand-pushed-request.js';
import { ExchangeGrant } from './steps/exchange-grant.js';
import { FindClient } from './steps/find-client.js';
import { IntrospectToken } from './steps/introspect-token.js';
import { LoadPushedRequest } from './steps/load-pushed-request.js';
import { PushRequest } from './steps/push-request.js';
import { ReadParameters } from './steps/read-parameters.js';
import { RefuseStaleCopies } from './steps/refuse-stale-copies.js';
import { RevokeToken } from './steps/revoke-token.js';

const A = 'authorize';
const P = 'pushed';
const T = 'token';
const R = 'revoke';
const I = 'introspect';

/** The protocol: what happens, in this order, to a request to which endpoint. */
export const STEP_TABLE: readonly (readonly [Type<ExchangeStep>, ...Endpoint[]])[] = [
  [RefuseStaleCopies, A, P, T, R, I],
  [ReadParameters, A, P, T, R, I],
  [AuthenticateClient, P, T, R, I],
  [FindClient, A],
  [LoadPushedRequest, A],
  [CheckRedirectUri, A, P],
  [DemandPushedRequest, A],
  [CheckResponseType, A, P],
  [CheckPkce, A, P],
  [CheckResource, A, P],
  [CheckScope, A, P],
  [CheckDpopKey, A, P],
  [CheckDpopProof, P, T],
  [CommitClaims, P, T, R, I],
  [PushRequest, P],
  [AskUser, A],
  [ExchangeGrant, T],
  [RevokeToken, R],
  [IntrospectToken, I],
];
