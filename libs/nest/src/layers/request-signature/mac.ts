import { createHmac, timingSafeEqual, type KeyObject } from 'node:crypto';

/** HMAC-SHA-256. `latin1`: header values are bytes, and Node hands them out as Latin-1 text. */
export function hmacSha256(key: KeyObject, text: string): Buffer {
  return createHmac('sha256', key).update(text, 'latin1').digest();
}

/** The same in base64. */
export function hmacSha256Text(key: KeyObject, text: string): string {
  return createHmac('sha256', key).update(text, 'latin1').digest('base64');
}

/** Whole MACs of the right length only, in constant time. */
export function macEquals(expected: Uint8Array, given: Uint8Array | undefined): boolean {
  return given !== undefined && given.byteLength === expected.byteLength && timingSafeEqual(expected, given);
}
