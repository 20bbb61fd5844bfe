export { decodeBase64, decodeBase64Url, encodeBase64, encodeBase64Url } from './base64.js';
export { formatContentDigest, parseContentDigest } from './content-digest.js';
export {
  readCredentials,
  type CredentialHeaders,
  type Credentials,
  type RequestSignature,
} from './credentials.js';
export * from './hawk.js';
export * from './hawk-answers.js';
export * from './message-signatures.js';
export * from './origin.js';
export { PROBLEMS, type ProblemCode } from './problem-codes.js';
export { headerValues, MalformedCredentials, type RawHeaders } from './raw-headers.js';
export { decodeUtf8 } from './utf8.js';
export { SCOPE, SCOPE_TOKEN } from './scope.js';
export { parseJsonObject } from './json-object.js';
export { parseCompactJws, parseJwtClaims, type CompactJws } from './jws.js';
export { audienceIncludes, checkTimes, type TimeTolerance } from './jwt-claims.js';
export { componentsToCover, type MessageToCover } from './signature-coverage.js';
export {
  dpopProofHeader,
  parseDpopProof,
  type DpopProofClaims,
  type DpopProofHeader,
  type ParsedDpopProof,
} from './dpop.js';
export { dpopHtu } from './dpop-htu.js';
export { jwkThumbprintInput, type EcPublicJwk } from './jwk-thumbprint.js';
