export {
  AccessTokenOptions,
  accessTokenOptionsSchema,
  type AccessTokenOptionsInput,
} from './access-token.options.js';
export { NOTHING_REVOKED, type RevocationList } from './accepted-token.js';
export { AccessTokens, type IssuedAccessToken, type UserTokenSubject } from './access-tokens.js';
export { ConfiguredAccessTokenVerifier } from './configured-access-token-verifier.js';
export { IssuedAccessTokenVerifier } from './issued-access-token-verifier.js';
export { IssuedTokens, type IssuedToken } from './issued-tokens.js';
export { NoAccessTokens } from './no-access-tokens.js';
export { OwnOrForeignAccessTokenVerifier } from './own-or-foreign-access-token-verifier.js';
export { SigningKeyDirectory } from './signing-key-directory.js';
export { SigningKeyVault, type PublishedJwk } from './signing-key-vault.js';
export { SigningKeyStore, type SigningKeyRecord } from './signing-key.store.js';
export { SigningKeys, type PublishedSigningKey, type SigningKey } from './signing-keys.js';
export {
  JWKS_MAX_AGE_SECONDS,
  TokenOptions,
  tokenOptionsSchema,
  type TokenOptionsInput,
} from './token.options.js';
export {
  RefreshFamilyStore,
  type RedeemedFamily,
  type Redemption,
  type RefreshFamilyRecord,
  type ReplayedFamily,
  type Successor,
} from './refresh-family.store.js';
export { KnownFamilyTerms, type FamilyTerms } from './known-family-terms.js';
export { InvalidGrant, type StolenGrant } from './invalid-grant.js';
export {
  RefreshFamilies,
  type NewFamily,
  type PresentedRefreshToken,
  type RedeemedRefreshToken,
} from './refresh-families.js';
export { RefreshReuse } from './refresh-reuse.js';
export { RefreshTokens, type RefreshToken } from './refresh-tokens.js';
export { ScopeExceeded } from './scope-exceeded.js';
