export { AdminKeyDirectory, type AdminKeyDirectoryParts } from './admin-key-directory.js';
export { adminKeyInvalid, adminScopeMissing } from './admin-keys.problems.js';
export {
  AdminKeys,
  type AdminKey,
  type AdminKeyHolder,
  type CreatedAdminKey,
  type NewAdminKey,
} from './admin-keys.js';
export { AdminKeyStore, type AdminKeyRecord } from './admin-key.store.js';
export { ADMIN_SCOPES, AdminScope, adminScopeOf } from './admin-scope.js';
