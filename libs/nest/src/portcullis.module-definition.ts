import { ConfigurableModuleBuilder } from '@nestjs/common';
import type { PortcullisModuleOptions } from './portcullis.options.js';

/** `forRoot` and `forRootAsync`. Global unless `isGlobal` is false: guards are resolved in the modules that use them. */
export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN, OPTIONS_TYPE, ASYNC_OPTIONS_TYPE } =
  new ConfigurableModuleBuilder<PortcullisModuleOptions>({ moduleName: 'Portcullis' })
    .setClassMethodName('forRoot')
    .setExtras({ isGlobal: true }, (definition, { isGlobal }) => ({ ...definition, global: isGlobal }))
    .build();
