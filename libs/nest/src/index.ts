export {
  approovIssuer,
  IntegrityGuard,
  IntegritySecrets,
  KeySet,
  RemoteKeySet,
  type RemoteKeySetOptions,
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
  InvalidOptions,
  Protect,
  ProtectedElsewhere,
  Public,
  SecurityProblem,
  StrictRevocation,
  SystemClock,
  UnguardedRoutes,
  usePortcullis,
  UserScopes,
  validationFailed,
  ZodValidationPipe,
  type CallerFacts,
  type CallingAppFacts,
  type CallingUserFacts,
  type Claim,
  type Committed,
  type Decision,
  type InboundRequest,
  type ProtectOptions,
  type UsePortcullisOptions,
} from './pipeline/index.js';
export { PortcullisModule } from './portcullis.module.js';
export type { PortcullisModuleOptions } from './portcullis.options.js';
export type { ClaimStoreParts, DurableStores, SharedStores } from './portcullis.ports.js';
export { Apps, type AppRecord, type NewApp } from './authorities/apps/index.js';
export { Consents, type Consent, type ConsentRecord } from './authorities/authorizations/index.js';
export {
  ResourceServers,
  type NewResourceServer,
  type ResourceServerRecord,
} from './authorities/resources/index.js';
export {
  Revocations,
  type RecordedRevocation,
  type RevocationTarget,
} from './authorities/revocations/index.js';
export {
  Sessions,
  SessionsModule,
  SignIn,
  type Session,
  type SignInAttempt,
} from './authorities/sessions/index.js';
export { UserAccounts, Users, type NewUser, type User, type UserAccount } from './authorities/users/index.js';
export { KeyRing, type HashPair } from './crypto/index.js';
export { UserGuard } from './layers/user/index.js';
export { describeRoutes, type DescribedDocument } from './operations/openapi/index.js';
export {
  ActingContext,
  ActingUserInterceptor,
  AuditStore,
  AuditTrail,
  ChangeFeed,
  copyChange,
  Transactions,
  type Act,
  type AuditEvent,
  type AuditQuery,
} from './state/index.js';
export { AdminKeys, AdminKeyStore } from './authorities/admin-keys/index.js';
export { MemoryClaimStore, type AppSetting, type MemoryClaimStoreOptions } from './stores/memory/index.js';
