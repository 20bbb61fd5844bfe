import { AsyncLocalStorage } from 'node:async_hooks';
import { THE_HOST, type Acting } from './acting-party.js';

const NOBODY_NAMED: Acting = Object.freeze({ party: THE_HOST, address: null, requestId: null });

/**
 * Who acts, known to everything that is called on their behalf, so that no authority need be handed it. Where nobody was
 * named the host application acts itself.
 */
export class ActingContext {
  private readonly context = new AsyncLocalStorage<Acting>();

  get current(): Acting {
    return this.context.getStore() ?? NOBODY_NAMED;
  }

  /** Everything that the work calls is done by `acting`, also after it was awaited. */
  run<T>(acting: Acting, work: () => T): T {
    return this.context.run(acting, work);
  }
}
