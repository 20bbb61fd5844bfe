export {
  AppStore,
  type AppChanges,
  type AppRecord,
  type AppSecretRecord,
  type AppWithSecrets,
  type ClientType,
  type SecretPurpose,
} from './app.store.js';
export { AppDirectory, type AppDirectoryParts } from './app-directory.js';
export { Apps, type NewApp, type RegisteredAppWithSecrets, type Rotation } from './apps.js';
export { SecretVault, type MintedSecret } from './secret-vault.js';
