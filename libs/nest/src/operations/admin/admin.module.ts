import { Module, type DynamicModule, type Type } from '@nestjs/common';
import { AdminOptions, type AdminOptionsInput } from './admin.options.js';
import { AppsController } from './apps.controller.js';
import { NewUserHook, NothingForNewUsers } from './new-user-hook.js';
import { AdminSessionsController } from './sessions.controller.js';
import { UsersController } from './users.controller.js';

export interface AdminModuleOptions extends AdminOptionsInput {
  /** Modules that provide what the hook needs. */
  readonly imports?: NonNullable<DynamicModule['imports']>;
  readonly newUserHook?: Type<NewUserHook>;
}

/** The administration interface, for an application whose apps and users are in a database. */
@Module({})
export class AdminModule {
  static forRoot({
    imports = [],
    newUserHook = NothingForNewUsers,
    ...options
  }: AdminModuleOptions): DynamicModule {
    return {
      module: AdminModule,
      imports,
      controllers: [AppsController, UsersController, AdminSessionsController],
      providers: [
        { provide: AdminOptions, useValue: new AdminOptions(options) },
        { provide: NewUserHook, useClass: newUserHook },
      ],
    };
  }
}
