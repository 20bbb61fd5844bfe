import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import { APP_FILTER, DiscoveryModule } from '@nestjs/core';
import {
  AppIntegrityLayer,
  AppIntegrityOptions,
  IntegritySecrets,
  type AppIntegrityOptionsInput,
} from './layers/app-integrity/index.js';
import { AppKeyLayer, AppRegistry } from './layers/app-key/index.js';
import {
  RequestSignatureLayer,
  RequestSignatureOptions,
  SigningSecrets,
  type RequestSignatureOptionsInput,
} from './layers/request-signature/index.js';
import { ScopesLayer } from './layers/scopes/index.js';
import {
  Admission,
  ClaimStore,
  Clock,
  CredentialSources,
  DecisionLog,
  LoggerDecisionLog,
  PipelineOptions,
  PlanBook,
  PlanCompiler,
  ProblemFilter,
  RouteInventory,
  SECURITY_LAYERS,
  SecurityProblemFilter,
  SystemClock,
  type PipelineOptionsInput,
} from './pipeline/index.js';
import { MemoryAppRegistry, MemoryClaimStore, type AppSetting } from './stores/memory/index.js';

export interface PortcullisModuleOptions extends PipelineOptionsInput {
  /** The app registry: here, a list. */
  readonly apps: readonly AppSetting[];
  readonly signature?: RequestSignatureOptionsInput;
  readonly integrity?: AppIntegrityOptionsInput;
  /** Replaces the system's time, in tests. */
  readonly clock?: Clock;
  /** Replaces the memory of this process, which forgets when it stops. */
  readonly claims?: ClaimStore;
}

/**
 * What this process may have admitted before it started, it has forgotten. A signature is admitted up to
 * `maxAheadSeconds` before its time, so nothing made up to then is believed.
 */
function claimsOfThisProcess(clock: Clock, { maxAheadSeconds }: RequestSignatureOptions): ClaimStore {
  return new MemoryClaimStore(clock, { forgottenUntil: clock.now() + maxAheadSeconds * 1000 });
}

/** The guards, the layers behind them and the filter that answers for them. */
@Module({})
export class PortcullisModule {
  /** Throws when an option is wrong, naming it. */
  static forRoot(options: PortcullisModuleOptions): DynamicModule {
    const { apps, signature, integrity, clock = new SystemClock(), claims, ...pipeline } = options;
    const pipelineOptions = new PipelineOptions(pipeline);
    const signatureOptions = new RequestSignatureOptions(signature);
    const integrityOptions = new AppIntegrityOptions(integrity);
    const registry = new MemoryAppRegistry(apps);
    const values: Provider[] = [
      { provide: PipelineOptions, useValue: pipelineOptions },
      { provide: RequestSignatureOptions, useValue: signatureOptions },
      { provide: AppRegistry, useValue: registry },
      { provide: SigningSecrets, useValue: registry.signingSecrets },
      { provide: AppIntegrityOptions, useValue: integrityOptions },
      { provide: IntegritySecrets, useValue: registry.integritySecrets },
      { provide: Clock, useValue: clock },
      { provide: ClaimStore, useValue: claims ?? claimsOfThisProcess(clock, signatureOptions) },
      { provide: CredentialSources, useValue: new CredentialSources(integrityOptions.headers) },
      { provide: DecisionLog, useClass: LoggerDecisionLog },
      { provide: PlanBook, useValue: new PlanBook() },
      { provide: RouteInventory, useValue: new RouteInventory() },
    ];
    const layers = [AppKeyLayer, RequestSignatureLayer, AppIntegrityLayer, ScopesLayer];
    return {
      module: PortcullisModule,
      global: true,
      imports: [DiscoveryModule],
      providers: [
        ...values,
        ...layers,
        { provide: SECURITY_LAYERS, useFactory: (...all: unknown[]) => all, inject: layers },
        Admission,
        PlanCompiler,
        {
          provide: APP_FILTER,
          useClass: pipelineOptions.problems === 'all' ? ProblemFilter : SecurityProblemFilter,
        },
      ],
      exports: [Admission, Clock, PlanBook, RouteInventory, PipelineOptions],
    };
  }
}
