export { DpopNonces } from './dpop-nonces.js';
export { DpopProofs, type DpopProof } from './dpop-proofs.js';
export { DpopOptions, dpopOptionsSchema, type DpopOptionsInput } from './dpop.options.js';
export { invalidDpopProof } from './dpop.problems.js';
export { UserGuard } from './user.guard.js';
export { UserLayer } from './user.layer.js';
export {
  AccessTokenVerifier,
  SessionKeys,
  UserPermissions,
  type PermittedUser,
  type UserCredential,
} from './user.store.js';
