export { jwsKeyOfJwk, type VerificationJwk } from './jws-key-of-jwk.js';
export { verifyJws, type JwsAlgorithm, type JwsKey } from './verify-jws.js';
