import { Module, type DynamicModule } from '@nestjs/common';
import { PortcullisModule, type AppSetting } from '@portcullis/nest';
import { BranchesController } from './branches/branches.controller.js';
import type { Environment } from './config/environment.js';
import { HealthController } from './health/health.controller.js';

/** The sample bank. */
@Module({})
export class AppModule {
  static forEnvironment(
    { publicOrigins, trustedProxies }: Environment,
    apps: readonly AppSetting[],
  ): DynamicModule {
    return {
      module: AppModule,
      imports: [
        PortcullisModule.forRoot({
          publicOrigins: [...publicOrigins],
          trustedProxies: [...trustedProxies],
          apps,
          problems: 'all',
        }),
      ],
      controllers: [BranchesController, HealthController],
    };
  }
}
