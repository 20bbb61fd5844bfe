import { Module, type DynamicModule } from '@nestjs/common';
import { AdminKeyDirectory } from '../../authorities/admin-keys/index.js';
import {
  type ASYNC_OPTIONS_TYPE,
  ConfigurableModuleClass,
  MODULE_OPTIONS_TOKEN,
  type OPTIONS_TYPE,
} from './admin.module-definition.js';
import { AdminOptions, type AdminOptionsInput } from './admin.options.js';
import { AppsController } from './apps.controller.js';
import { AuditController } from './audit.controller.js';
import { AdminConsentsController } from './consents.controller.js';
import { DoctorController } from './doctor.controller.js';
import { KeysController } from './keys.controller.js';
import { ResourcesController } from './resources.controller.js';
import { RevocationsController } from './revocations.controller.js';
import { AdminSessionsController } from './sessions.controller.js';
import { SigningKeysController } from './signing-keys.controller.js';
import { UsersController } from './users.controller.js';

export type AdminModuleOptions = typeof OPTIONS_TYPE;
export type AdminModuleAsyncOptions = typeof ASYNC_OPTIONS_TYPE;

/**
 * The administration interface, for an application whose apps and users are in a database. `forRoot` takes the options,
 * `forRootAsync` whatever makes them.
 */
@Module({
  controllers: [
    AppsController,
    UsersController,
    AdminSessionsController,
    ResourcesController,
    AdminConsentsController,
    RevocationsController,
    SigningKeysController,
    KeysController,
    AuditController,
    DoctorController,
  ],
  providers: [
    {
      provide: AdminOptions,
      useFactory: (options: AdminOptionsInput) => new AdminOptions(options),
      inject: [MODULE_OPTIONS_TOKEN],
    },
  ],
  exports: [AdminOptions],
})
export class AdminModule extends ConfigurableModuleClass {
  /** Throws where `PortcullisModule` has no `stores`. */
  constructor(keys: AdminKeyDirectory) {
    super();
    if (!(keys instanceof AdminKeyDirectory))
      throw new TypeError('AdminModule: what it administers is in the stores, and PortcullisModule has none');
  }

  /** Throws `InvalidOptions` at once, naming the option, the kind of its value, and what was expected. */
  static override forRoot(options: AdminModuleOptions): DynamicModule {
    const { imports: _imports, newUserHook: _newUserHook, ...own } = { ...options };
    // Now, for the stack then names whoever wrote them; and again for each application that is made of it.
    AdminOptions.check(own);
    return super.forRoot(options);
  }
}
