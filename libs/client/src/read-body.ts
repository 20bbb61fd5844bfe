import type { Bytes } from './crypto-engine.js';
import { concatBytes, utf8Bytes } from './text-bytes.js';

export interface ReadBody {
  readonly bytes: Bytes;
  /** What `fetch` would have sent as Content-Type, had the caller named none. */
  readonly contentType: string | undefined;
}

/**
 * The bytes of a body, read once: they are signed, sent, and sent again after the clock was corrected. Text and bytes are
 * read by hand, for React Native reads no body back into bytes (Fetch §5.2, "extract a body").
 */
export async function readBody(body: RequestInit['body']): Promise<ReadBody | undefined> {
  if (body === undefined || body === null) return undefined;
  if (typeof body === 'string') return { bytes: utf8Bytes(body), contentType: 'text/plain;charset=UTF-8' };
  if (body instanceof ArrayBuffer)
    return { bytes: concatBytes(new Uint8Array(body)), contentType: undefined };
  if (ArrayBuffer.isView(body)) {
    const view = new Uint8Array(body.buffer, body.byteOffset, body.byteLength);
    return { bytes: concatBytes(view), contentType: undefined };
  }
  const extracted = new Response(body as BodyInit);
  return {
    bytes: new Uint8Array(await extracted.arrayBuffer()),
    contentType: extracted.headers.get('content-type') ?? undefined,
  };
}
