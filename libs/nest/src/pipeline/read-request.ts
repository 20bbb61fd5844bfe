import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { normaliseHost, type Origin } from '@portcullis/wire';
import { bodyOf, keptOf } from './http-message.js';
import type { InboundRequest } from './inbound-request.js';
import type { PipelineOptions } from './pipeline.options.js';

/** Values of a header that proxies append to, in order. */
function listOf(message: IncomingMessage, name: string): string[] {
  const value = message.headers[name];
  const text = Array.isArray(value) ? value.join(',') : (value ?? '');
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function plainAddress(address: string): string {
  return address.startsWith('::ffff:') ? address.slice(7) : address;
}

/** The address in an entry of X-Forwarded-For, to which some proxies add the port; undefined for any other text. */
function hopAddress(hop: string): string | undefined {
  const [, bracketed, dotted] = /^(?:\[([^\]]+)\]|([\d.]+))(?::\d{1,5})?$/.exec(hop) ?? [];
  const address = plainAddress(bracketed ?? dotted ?? hop);
  return isIP(address) === 0 ? undefined : address;
}

/**
 * The address behind trusted proxies: X-Forwarded-For read from the right, stopping at the first address that is not a
 * trusted proxy. Reading it from the left believes whatever the caller wrote there. An entry that is no address ends it
 * too, or the log and the counters of failures would be written in by whoever made it up.
 */
function peerAddress(message: IncomingMessage, trusted: ReadonlySet<string>): string {
  let address = addressOf(message);
  if (!trusted.has(address)) return address;
  const hops = listOf(message, 'x-forwarded-for');
  for (let i = hops.length - 1; i >= 0 && trusted.has(address); i--) {
    const next = hopAddress(hops[i] as string);
    if (next === undefined) break;
    address = next;
  }
  return address;
}

/** The public origin that the request came to: the request only chooses among those that are configured. */
function originOf(message: IncomingMessage, options: PipelineOptions): Origin | undefined {
  const { host } = message.headers;
  const isDirect = options.trustedProxies.size === 0 || !options.trustedProxies.has(addressOf(message));
  if (isDirect) return host === undefined ? undefined : originNamed(host, undefined, options);
  const forwardedHost = listOf(message, 'x-forwarded-host').at(-1) ?? host;
  const scheme = listOf(message, 'x-forwarded-proto').at(-1);
  return forwardedHost === undefined ? undefined : originNamed(forwardedHost, scheme, options);
}

/** Of several with one host, that of the scheme; otherwise the first. */
function originNamed(
  host: string,
  scheme: string | undefined,
  { publicOrigins }: PipelineOptions,
): Origin | undefined {
  let first: Origin | undefined;
  for (const origin of publicOrigins) {
    // Almost always in its one spelling already.
    if (origin.host !== host && normaliseHost(host, origin.scheme) !== origin.host) continue;
    if (scheme === undefined || origin.scheme === scheme) return origin;
    first ??= origin;
  }
  return first;
}

function addressOf(message: IncomingMessage): string {
  return plainAddress(message.socket.remoteAddress ?? '');
}

export function readRequest(message: IncomingMessage, options: PipelineOptions): InboundRequest {
  return {
    id: keptOf(message).id,
    method: message.method ?? '',
    // Express rewrites `url` under a mount point and keeps what was received beside it.
    target: (message as IncomingMessage & { originalUrl?: string }).originalUrl ?? message.url ?? '',
    rawHeaders: message.rawHeaders,
    header(name) {
      const value = message.headers[name];
      return Array.isArray(value) ? value[0] : value;
    },
    body: bodyOf(message),
    peerAddress: peerAddress(message, options.trustedProxies),
    origin: originOf(message, options),
  };
}
