import type { Bytes } from './crypto-engine.js';

/** A request as it is about to be sent. */
export interface OutboundRequest {
  /** Upper case. */
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  /** All that will be sent; signing adds to it. */
  readonly headers: Headers;
  /** Undefined for none, and for an empty one. */
  readonly body: Bytes | undefined;
}
