import { Module, type DynamicModule } from '@nestjs/common';
import { PortcullisModule, SessionsModule, type DecisionLog, type SharedStores } from '@portcullis/nest';
import { AdminModule } from '@portcullis/nest/admin';
import { OAuthModule } from '@portcullis/nest/oauth';
import type { TypeOrmStores } from '@portcullis/nest/typeorm';
import { AccountsModule } from './accounts/accounts.module.js';
import { OpenAccountForNewUser } from './accounts/open-account-for-new-user.js';
import { BranchesController } from './branches/branches.controller.js';
import type { Environment } from './config/environment.js';
import type { BankSecrets } from './config/read-secrets.js';
import { DatabaseModule } from './database/database.module.js';
import { DocsModule } from './docs/docs.module.js';
import { FreezesModule } from './freezes/freezes.module.js';
import { SCOPE_WORDS } from './config/scope-words.js';
import { HealthController } from './health/health.controller.js';
import { Readiness } from './health/readiness.js';
import { TransfersModule } from './transfers/transfers.module.js';

export interface BankParts {
  readonly environment: Environment;
  readonly secrets: BankSecrets;
  readonly stores: TypeOrmStores;
  readonly shared: SharedStores | undefined;
  readonly decisions: DecisionLog;
  readonly readiness: Readiness;
}

/** The sample bank. */
@Module({})
export class AppModule {
  static forBank({ environment, secrets, stores, shared, decisions, readiness }: BankParts): DynamicModule {
    return {
      module: AppModule,
      imports: [
        PortcullisModule.forRoot({
          publicOrigins: [...environment.publicOrigins],
          trustedProxies: [...environment.trustedProxies],
          stores,
          keyRing: secrets.keyRing,
          shared,
          decisions,
          tokens: { issuer: environment.issuer },
          problems: 'all',
        }),
        SessionsModule,
        OAuthModule.forRoot({ scopes: SCOPE_WORDS }),
        DatabaseModule.forTransactions(stores.transactions),
        AdminModule.forRoot({
          key: secrets.adminKey,
          imports: [AccountsModule],
          newUserHook: OpenAccountForNewUser,
        }),
        DocsModule.forIssuer(environment.issuer),
        AccountsModule,
        TransfersModule,
        FreezesModule,
      ],
      controllers: [BranchesController, HealthController],
      providers: [{ provide: Readiness, useValue: readiness }],
    };
  }
}
