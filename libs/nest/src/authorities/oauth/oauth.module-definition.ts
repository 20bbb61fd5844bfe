import { ConfigurableModuleBuilder } from '@nestjs/common';
import type { OAuthOptionsInput } from './oauth.options.js';

/** `forRoot` and `forRootAsync`. */
export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN, OPTIONS_TYPE, ASYNC_OPTIONS_TYPE } =
  new ConfigurableModuleBuilder<OAuthOptionsInput>({ moduleName: 'OAuth' })
    .setClassMethodName('forRoot')
    .build();
