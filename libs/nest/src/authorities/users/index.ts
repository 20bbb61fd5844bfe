export { askAccounts } from './ask-accounts.js';
export { findAccount } from './find-account.js';
export { readAccount } from './read-account.js';
export { GrantedPermissions } from './granted-permissions.js';
export {
  PasswordHasher,
  passwordHasherOptionsSchema,
  type PasswordHasherOptions,
} from './password-hasher.js';
export { permissionsThrough, UserDirectory, type UserDirectoryParts } from './user-directory.js';
export { UserStore, type UserChanges, type UserRecord, type UserWithApps } from './user.store.js';
export { StoredUserAccounts } from './stored-user-accounts.js';
export { UserAccounts, type UserAccount } from './user-accounts.js';
export { UserSessions } from './user-sessions.js';
export { usernameKey } from './username.js';
export { Users, type AppLimit, type NewUser, type User, type UserSettings } from './users.js';
