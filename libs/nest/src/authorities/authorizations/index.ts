export { ConsentStore, type ConsentRecord } from './consent.store.js';
export { Consents, type Consent } from './consents.js';
export { ConsentsController } from './consents.controller.js';
export { AuthorizationCodeStore, type AuthorizationCodeRecord } from './authorization-code.store.js';
export type { AuthorizationGrant } from './authorization-grant.js';
export { CodeRedemptionStore, type CodeRedemption } from './code-redemption.store.js';
export { PushedRequestStore, type PushedRequestRecord } from './pushed-request.store.js';
