import { MODULE_OPTIONS_TOKEN } from '../portcullis.module-definition.js';
import { PortcullisOptions, type PortcullisModuleOptions } from '../portcullis.options.js';
import type { Clock } from '../pipeline/index.js';
import { MemoryClaimStore } from '../stores/memory/index.js';
import type { ModuleBuilder } from './module-builder.js';

/**
 * Gives the application a test's time, and a memory of claims without a past. Otherwise a process that starts refuses
 * what was signed just before, for it may have admitted that in a life that it does not remember.
 */
export function firstStartAt<B extends ModuleBuilder>(builder: B, clock: Clock): B {
  builder.overrideProvider(PortcullisOptions).useFactory({
    factory: (options: PortcullisModuleOptions) =>
      new PortcullisOptions({
        ...options,
        clock,
        claims: new MemoryClaimStore(clock, { forgottenUntil: 0 }),
      }),
    inject: [MODULE_OPTIONS_TOKEN],
  });
  return builder;
}
