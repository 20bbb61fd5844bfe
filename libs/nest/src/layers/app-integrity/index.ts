export { AppIntegrityLayer } from './app-integrity.layer.js';
export {
  AppIntegrityOptions,
  appIntegrityOptionsSchema,
  approovIssuer,
  type AppIntegrityOptionsInput,
  type IntegrityIssuer,
} from './app-integrity.options.js';
export { IntegritySecrets, KeySet, type IntegritySecret } from './app-integrity.store.js';
export { IntegrityGuard } from './integrity.guard.js';
export { RemoteKeySet } from './remote-key-set.js';
export type { RemoteKeySetOptions } from './remote-key-set.options.js';
