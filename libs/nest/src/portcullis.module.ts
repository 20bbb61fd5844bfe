import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import { APP_FILTER, DiscoveryModule } from '@nestjs/core';
import { SessionsController } from './authorities/sessions/index.js';
import { AppIntegrityLayer, AppIntegrityOptions } from './layers/app-integrity/index.js';
import { AppKeyLayer } from './layers/app-key/index.js';
import { RequestSignatureLayer, RequestSignatureOptions } from './layers/request-signature/index.js';
import { ScopesLayer } from './layers/scopes/index.js';
import { UserLayer } from './layers/user/index.js';
import {
  Admission,
  Clock,
  CredentialSources,
  DecisionLog,
  Fingerprint,
  LoggerDecisionLog,
  PipelineOptions,
  type PipelineOptionsInput,
  PlanBook,
  PlanCompiler,
  ProblemFilter,
  ProcessFingerprint,
  RouteInventory,
  SECURITY_LAYERS,
  SecurityProblemFilter,
  SystemClock,
} from './pipeline/index.js';
import type { PortcullisModuleOptions } from './portcullis.options.js';
import {
  accessTokens,
  AUTHORITIES,
  claims,
  listedApps,
  SCHEMES,
  storedApps,
} from './portcullis.providers.js';

const LAYERS = [AppKeyLayer, RequestSignatureLayer, AppIntegrityLayer, UserLayer, ScopesLayer];

/** Whatever is nobody else's, so that a name that is misspelt is refused. */
function pipelineMembers({
  signature: _signature,
  integrity: _integrity,
  accessTokens: _accessTokens,
  shared: _shared,
  clock: _clock,
  claims: _claims,
  decisions: _decisions,
  apps: _apps,
  stores: _stores,
  keyRing: _keyRing,
  registry: _registry,
  sessions: _sessions,
  passwords: _passwords,
  ...members
}: PortcullisModuleOptions): PipelineOptionsInput {
  return members;
}

/** What every layer stands on, from options that are resolved here, once. */
function pipeline(options: PortcullisModuleOptions): Provider[] {
  const { signature, integrity, keyRing, clock = new SystemClock(), decisions } = options;
  const pipelineOptions = new PipelineOptions(pipelineMembers(options));
  const integrityOptions = new AppIntegrityOptions(integrity);
  return [
    { provide: PipelineOptions, useValue: pipelineOptions },
    { provide: RequestSignatureOptions, useValue: new RequestSignatureOptions(signature) },
    { provide: AppIntegrityOptions, useValue: integrityOptions },
    { provide: Clock, useValue: clock },
    { provide: CredentialSources, useValue: new CredentialSources(integrityOptions.headers) },
    { provide: DecisionLog, useValue: decisions ?? new LoggerDecisionLog() },
    {
      provide: Fingerprint,
      useValue: keyRing ? { of: (value: string) => keyRing.fingerprint(value) } : new ProcessFingerprint(),
    },
    { provide: PlanBook, useValue: new PlanBook() },
    { provide: RouteInventory, useValue: new RouteInventory() },
    {
      provide: APP_FILTER,
      useClass: pipelineOptions.problems === 'all' ? ProblemFilter : SecurityProblemFilter,
    },
  ];
}

/** The guards, the layers behind them, the authorities behind those, and the filter that answers for all of them. */
@Module({})
export class PortcullisModule {
  /** Throws when an option is wrong, naming it. */
  static forRoot(options: PortcullisModuleOptions): DynamicModule {
    const stored = options.stores !== undefined;
    return {
      module: PortcullisModule,
      global: true,
      imports: [DiscoveryModule],
      controllers: stored ? [SessionsController] : [],
      providers: [
        ...pipeline(options),
        ...(options.stores ? storedApps(options) : listedApps(options)),
        accessTokens(options.accessTokens),
        claims(options),
        SCHEMES,
        ...LAYERS,
        { provide: SECURITY_LAYERS, useFactory: (...all: unknown[]) => all, inject: LAYERS },
        Admission,
        PlanCompiler,
      ],
      exports: [
        Admission,
        Clock,
        CredentialSources,
        DecisionLog,
        PlanBook,
        RouteInventory,
        PipelineOptions,
        ...(stored ? AUTHORITIES : []),
      ],
    };
  }
}
