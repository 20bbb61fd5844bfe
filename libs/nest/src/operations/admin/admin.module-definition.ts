import { ConfigurableModuleBuilder, type DynamicModule, type Type } from '@nestjs/common';
import type { AdminOptionsInput } from './admin.options.js';
import { NewUserHook, NothingForNewUsers } from './new-user-hook.js';

interface AdminModuleExtras {
  /** Modules that provide what the hook needs. */
  readonly imports?: NonNullable<DynamicModule['imports']>;
  readonly newUserHook?: Type<NewUserHook>;
}

const EXTRAS: Required<AdminModuleExtras> = { imports: [], newUserHook: NothingForNewUsers };

/** `forRoot` and `forRootAsync`. Global: a host may put controllers of its own behind the administration key. */
export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN, OPTIONS_TYPE, ASYNC_OPTIONS_TYPE } =
  new ConfigurableModuleBuilder<AdminOptionsInput>({ moduleName: 'Admin' })
    .setClassMethodName('forRoot')
    .setExtras<AdminModuleExtras>(EXTRAS, (definition, { imports, newUserHook }) => ({
      ...definition,
      global: true,
      imports: [...(definition.imports ?? []), ...(imports ?? [])],
      providers: [
        ...(definition.providers ?? []),
        { provide: NewUserHook, useClass: newUserHook ?? NothingForNewUsers },
      ],
    }))
    .build();
