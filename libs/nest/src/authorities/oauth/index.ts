export { ClientAttestations, type AttestedClient } from './clients/client-attestations.js';
export { OAuthModule } from './oauth.module.js';
export { OAuthOptions, oauthOptionsSchema, type OAuthOptionsInput } from './oauth.options.js';
export { OAuthError, type OAuthErrorCode } from './protocol/oauth-error.js';
export { OAuthErrorFilter } from './protocol/oauth-error.filter.js';
