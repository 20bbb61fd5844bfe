export { accessToken, type AccessTokenParts } from './access-token.js';
export { firstStartAt } from './first-start.js';
export { FixedClock } from './fixed-clock.js';
export { integrityToken, type IntegrityTokenParts } from './integrity-token.js';
export type { ModuleBuilder } from './module-builder.js';
export { replaceLayer, type ReplaceableLayer } from './replace-layer.js';
export {
  SignedRequests,
  type HawkRequest,
  type MessageSignatureRequest,
  type SignedRequestsOptions,
} from './signed-requests.js';
export type { StandIn } from './stand-in.layer.js';
export { alwaysApp, alwaysGenuine, alwaysSigned, alwaysUser, refusedWith } from './stand-ins.js';
export type { RequestParts, TestRequest } from './test-request.js';
export { es256Key, hs256Key, type TokenKey } from './token-key.js';
export { AppIntegrityLayer } from '../layers/app-integrity/index.js';
export { AppKeyLayer } from '../layers/app-key/index.js';
export { RequestSignatureLayer } from '../layers/request-signature/index.js';
export { ScopesLayer } from '../layers/scopes/index.js';
export { UserLayer } from '../layers/user/index.js';
