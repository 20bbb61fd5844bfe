import type { Origin } from '@portcullis/wire';
import type { OutboundRequest } from './outbound-request.js';
import { readBody } from './read-body.js';
import { requestTarget } from './request-target.js';

/** What an app hands to `fetch`, read once. */
export interface ReadRequest extends OutboundRequest {
  /** All that `fetch` is told besides: signal, mode, credentials and so on. */
  readonly init: RequestInit;
}

function isRequest(input: string | URL | Request): input is Request {
  return typeof input === 'object' && 'url' in input;
}

/**
 * A Request in the words of an init, so that what wraps `fetch` for an app can be handed this one instead. Its body by
 * `arrayBuffer`: not every runtime has `body`, and where it is missing nothing would be sent.
 */
async function initOf(request: Request): Promise<RequestInit> {
  const { method, headers, signal, credentials, keepalive } = request;
  const told = { method, headers, signal, credentials, keepalive };
  return method === 'GET' || method === 'HEAD' ? told : { ...told, body: await request.arrayBuffer() };
}

/** Throws a TypeError for another origin than the API's. */
export async function readRequest(
  input: string | URL | Request,
  given: RequestInit,
  origin: Origin,
): Promise<ReadRequest> {
  const target = requestTarget(isRequest(input) ? input.url : String(input), origin);
  const init = isRequest(input) ? { ...(await initOf(input)), ...given } : given;
  const headers = new Headers(init.headers);
  const body = await readBody(init.body);
  // Here and not by `fetch`, which would add it when everything is signed.
  if (body?.contentType !== undefined && !headers.has('content-type'))
    headers.set('content-type', body.contentType);
  return {
    // `fetch` writes some methods in capitals, and sends `patch` as it is.
    method: (init.method ?? 'GET').toUpperCase(),
    target,
    headers,
    body: body && body.bytes.byteLength > 0 ? body.bytes : undefined,
    init,
  };
}
