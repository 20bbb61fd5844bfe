export {
  AccessTokenOptions,
  accessTokenOptionsSchema,
  type AccessTokenOptionsInput,
} from './access-token.options.js';
export { ConfiguredAccessTokenVerifier } from './configured-access-token-verifier.js';
export { NoAccessTokens } from './no-access-tokens.js';
