export { OAuthModule } from './oauth.module.js';
export { TokenController } from './token.controller.js';
export { OAuthError, type OAuthErrorCode } from './oauth-error.js';
export { OAuthErrorFilter } from './oauth-error.filter.js';
export { ClientAuthentication } from './client-authentication.js';
export { RefreshTokenGrant } from './refresh-token.grant.js';
export { TokenDecisions } from './token-decisions.js';
export { TokenGrants } from './token-grants.js';
export type { GrantedTokens, TokenAnswer, TokenGrant } from './token-grant.js';
