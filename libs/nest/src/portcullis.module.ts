import { Module, type DynamicModule } from '@nestjs/common';
import { APP_FILTER, DiscoveryModule, HttpAdapterHost } from '@nestjs/core';
import { AppPolicies, AppStore, ClientApps, SecretVault } from './authorities/apps/index.js';
import {
  AuthorizationCodeStore,
  CodeRedemptionStore,
  Consents,
  PushedRequestStore,
} from './authorities/authorizations/index.js';
import { ResourceDirectory } from './authorities/resources/index.js';
import {
  RevocableSessions,
  RevocationRetention,
  RevokedCredentials,
} from './authorities/revocations/index.js';
import { AttemptStore, DeviceProofs, SessionOptions, SignIn } from './authorities/sessions/index.js';
import { RefreshFamilyStore } from './authorities/tokens/index.js';
import { UserAccounts } from './authorities/users/index.js';
import { KeyRing } from './crypto/index.js';
import { AppIntegrityLayer } from './layers/app-integrity/index.js';
import { AppKeyLayer } from './layers/app-key/index.js';
import { RequestSignatureLayer } from './layers/request-signature/index.js';
import { ScopesLayer } from './layers/scopes/index.js';
import { DpopProofs, SessionKeys, UserLayer, UserPermissions } from './layers/user/index.js';
import { Doctor } from './operations/doctor/index.js';
import {
  Admission,
  ClaimStore,
  Clock,
  CredentialSources,
  DecisionLog,
  Fingerprint,
  PipelineOptions,
  PlanBook,
  PlanCompiler,
  ProblemFilter,
  RouteInventory,
  SECURITY_LAYERS,
  SecurityProblemFilter,
  ServedRoutes,
  StateFreshness,
} from './pipeline/index.js';
import {
  ConfigurableModuleClass,
  MODULE_OPTIONS_TOKEN,
  type OPTIONS_TYPE,
} from './portcullis.module-definition.js';
import { PortcullisOptions, type PortcullisModuleOptions } from './portcullis.options.js';
import {
  ANSWERS,
  AUTHORITIES,
  AUTHORITY_PROVIDERS,
  CLEANER,
  DOCTOR,
  PIPELINE,
  STORES,
  TOKEN_AUTHORITIES,
  TOKEN_PROVIDERS,
} from './providers/index.js';

const LAYERS = [AppKeyLayer, RequestSignatureLayer, AppIntegrityLayer, UserLayer, ScopesLayer];

/** Asked by the authorization server, which is a module of its own. */
const WHAT_ISSUERS_NEED = [
  AppStore,
  AttemptStore,
  AuthorizationCodeStore,
  ClaimStore,
  CodeRedemptionStore,
  Consents,
  DeviceProofs,
  KeyRing,
  PushedRequestStore,
  RefreshFamilyStore,
  ResourceDirectory,
  RevocableSessions,
  RevocationRetention,
  RevokedCredentials,
  SessionOptions,
  UserAccounts,
];

/**
 * The guards, the layers behind them, the authorities behind those, and the filter that answers for all of them. With
 * `forRootAsync` (`imports`, `inject`, `useFactory`, `useClass`, `useExisting`) options may be waited for, or come from others.
 */
@Module({
  imports: [DiscoveryModule],
  providers: [
    {
      provide: PortcullisOptions,
      useFactory: (options: PortcullisModuleOptions) => new PortcullisOptions(options),
      inject: [MODULE_OPTIONS_TOKEN],
    },
    {
      provide: APP_FILTER,
      useFactory: ({ problems }: PipelineOptions, adapters: HttpAdapterHost, inventory: RouteInventory) =>
        problems === 'all' ? new ProblemFilter(adapters, inventory) : new SecurityProblemFilter(adapters),
      inject: [PipelineOptions, HttpAdapterHost, RouteInventory],
    },
    ...PIPELINE,
    ...STORES,
    ...AUTHORITY_PROVIDERS,
    ...TOKEN_PROVIDERS,
    ...ANSWERS,
    ...DOCTOR,
    ...CLEANER,
    ...LAYERS,
    { provide: SECURITY_LAYERS, useFactory: (...all: unknown[]) => all, inject: LAYERS },
    Admission,
    PlanBook,
    PlanCompiler,
    RouteInventory,
    ServedRoutes,
  ],
  exports: [
    Admission,
    AppPolicies,
    ClientApps,
    Clock,
    CredentialSources,
    DecisionLog,
    Doctor,
    DpopProofs,
    Fingerprint,
    PipelineOptions,
    PlanBook,
    RouteInventory,
    SecretVault,
    SessionKeys,
    SignIn,
    StateFreshness,
    UserPermissions,
    ...WHAT_ISSUERS_NEED,
    ...AUTHORITIES,
    ...TOKEN_AUTHORITIES,
  ],
})
export class PortcullisModule extends ConfigurableModuleClass {
  /** Throws `InvalidOptions` at once, naming the option, the kind of its value, and what was expected. */
  static override forRoot(options: typeof OPTIONS_TYPE): DynamicModule {
    const { isGlobal: _, ...own } = { ...options };
    // Now, for the stack then names whoever wrote them; and again for each application that is made of it.
    PortcullisOptions.check(own);
    return super.forRoot(options);
  }
}
