import { createHash } from 'node:crypto';
import { formatContentDigest, HAWK_PAYLOAD_SUFFIX, hawkPayloadPrefix } from '@portcullis/wire';
import type { TestRequest } from './test-request.js';

interface Payload {
  readonly type: string;
  readonly body: NonNullable<TestRequest['body']>;
}

/** The body as it is sent, and its media type. */
export function payloadOf(body: unknown): Payload | undefined {
  if (body === undefined) return undefined;
  if (typeof body === 'string') return { type: 'text/plain;charset=UTF-8', body };
  if (body instanceof Uint8Array) return { type: 'application/octet-stream', body: Buffer.from(body) };
  return { type: 'application/json', body: JSON.stringify(body) };
}

/** RFC 9530 §2; nothing for a request without a body. */
export function digestHeaderOf({ body }: TestRequest): Record<string, string> {
  if (body === undefined) return {};
  const digest = createHash('sha256').update(body).digest();
  return { 'content-digest': formatContentDigest('sha-256', digest) };
}

/** Hawk's `hash`; undefined for a request without a body. */
export function hawkHashOf({ body, headers }: TestRequest): string | undefined {
  if (body === undefined) return undefined;
  return createHash('sha256')
    .update(hawkPayloadPrefix(headers['content-type']))
    .update(body)
    .update(HAWK_PAYLOAD_SUFFIX)
    .digest('base64');
}
