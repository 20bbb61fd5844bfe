export {
  approovIssuer,
  IntegrityGuard,
  IntegritySecrets,
  KeySet,
  type AppIntegrityOptionsInput,
} from './layers/app-integrity/index.js';
export { AppKeyGuard } from './layers/app-key/index.js';
export { SignatureGuard } from './layers/request-signature/index.js';
export {
  AppScopes,
  Caller,
  CallingApp,
  CallingUser,
  ClaimStore,
  Clock,
  DecisionLog,
  Protect,
  ProtectedElsewhere,
  Public,
  SecurityProblem,
  SystemClock,
  UnguardedRoutes,
  usePortcullis,
  UserScopes,
  type CallerFacts,
  type CallingAppFacts,
  type CallingUserFacts,
  type Claim,
  type Committed,
  type Decision,
  type ProtectOptions,
  type UsePortcullisOptions,
} from './pipeline/index.js';
export { PortcullisModule, type PortcullisModuleOptions } from './portcullis.module.js';
export { MemoryClaimStore, type AppSetting, type MemoryClaimStoreOptions } from './stores/memory/index.js';
