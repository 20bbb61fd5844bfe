import type { RawHeaders } from '@portcullis/wire';
import type { Origin } from '@portcullis/wire';

/**
 * `unread`: a body was announced (Content-Length, Transfer-Encoding) and nobody kept its bytes; nothing may be
 * said about it.
 */
export type InboundBody =
  | { readonly kind: 'none' }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'unread' };

/** The one adapter-neutral view of a request: what was received, before anybody interpreted it. */
export interface InboundRequest {
  readonly id: string;
  readonly method: string;
  /** Request target as received (RFC 9112 §3.2.1): path and query, still encoded. */
  readonly target: string;
  /** Duplicates visible; Node's `headers` joins or drops them. */
  readonly rawHeaders: RawHeaders;
  /** First value of a header by its lower-case name. */
  header(name: string): string | undefined;
  readonly body: InboundBody;
  /** Address of the caller, after trusted proxies. */
  readonly peerAddress: string;
  /** The configured public origin that the request came to, or undefined when its host is none of them. */
  readonly origin: Origin | undefined;
}
