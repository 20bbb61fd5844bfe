import { ClaimStore, Clock } from '../pipeline/index.js';
import { MemoryClaimStore } from '../stores/memory/index.js';
import type { ModuleBuilder } from './module-builder.js';

/**
 * Gives the application a test's time, and a memory of claims without a past. Otherwise a process that starts refuses
 * what was signed just before, for it may have admitted that in a life that it does not remember.
 */
export function firstStartAt<B extends ModuleBuilder>(builder: B, clock: Clock): B {
  builder.overrideProvider(Clock).useValue(clock);
  builder.overrideProvider(ClaimStore).useValue(new MemoryClaimStore(clock, { forgottenUntil: 0 }));
  return builder;
}
