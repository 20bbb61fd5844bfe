export { jwsKeyOfJwk, type VerificationJwk } from './jws-key-of-jwk.js';
export { isSignedBy, verifyJws, type JwsAlgorithm, type JwsKey } from './verify-jws.js';
export { signJwsInRow } from './sign-jws-in-row.js';
export { jwsSigningKey, signJws, type JwsSigningKey } from './sign-jws.js';
export { freshBytes } from './fresh-bytes.js';
export { equalText } from './equal-text.js';
export { KeyRing, SealBroken, type HashPair } from './key-ring.js';
export {
  VerifiedTokens,
  type Claims,
  type JoseHeader,
  type ReadToken,
  type TokenFailure,
} from './verified-tokens.js';
export { formatOpaqueKey, newOpaqueKey, parseOpaqueKey, type OpaqueKey } from './opaque-key.js';
