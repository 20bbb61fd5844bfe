export { UserGuard } from './user.guard.js';
export { UserLayer } from './user.layer.js';
export {
  AccessTokenVerifier,
  SessionKeys,
  UserPermissions,
  type PermittedUser,
  type UserCredential,
} from './user.store.js';
