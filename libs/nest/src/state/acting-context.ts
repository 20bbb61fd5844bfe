import { AsyncLocalStorage } from 'node:async_hooks';
import type { Acting } from './acting-party.js';

const THE_HOST: Acting = Object.freeze({
  party: Object.freeze({ kind: 'host', id: 'host', name: null }),
  address: null,
  requestId: null,
});

/**
 * Who acts, known to everything that is called on their behalf, so that no authority need be handed it. Where nobody was
 * named the host application acts itself.
 */
export class ActingContext {
  private readonly context = new AsyncLocalStorage<Acting>();

  get current(): Acting {
    return this.context.getStore() ?? THE_HOST;
  }

  /** Everything that the work calls is done by `acting`, also after it was awaited. */
  run<T>(acting: Acting, work: () => T): T {
    return this.context.run(acting, work);
  }
}
