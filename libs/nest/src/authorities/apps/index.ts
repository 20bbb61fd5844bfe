export {
  AppStore,
  type AppAllowances,
  type AppChanges,
  type AppRecord,
  type AppSecretRecord,
  type AppWithSecrets,
  type ClientKey,
  type ClientType,
  type SecretPurpose,
  type SessionKind,
} from './app.store.js';
export { AppDirectory, type AppDirectoryParts } from './app-directory.js';
export { AppPolicies, type AppPolicy } from './app-policies.js';
export { ClientApps, type ClientApp, type ClientWithSecrets } from './client-apps.js';
export { OfferedSessionKinds } from './offered-session-kinds.js';
export { Apps, type RegisteredAppWithSecrets, type Rotation } from './apps.js';
export type { NewApp } from './new-app.js';
export { SecretVault, type MintedSecret } from './secret-vault.js';
export { weakSettingsOf } from './weak-settings.js';
