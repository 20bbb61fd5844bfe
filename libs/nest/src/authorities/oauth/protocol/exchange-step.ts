import type { Exchange } from './exchange.js';

/** One thing that is read, checked or done on the way from a request to its answer. */
export abstract class ExchangeStep {
  /** A promise only where something has to be waited for. Throws what refuses the request. */
  abstract run(exchange: Exchange): void | Promise<void>;
}
