import { timingSafeEqual } from 'node:crypto';

/** Whether two texts are the same, in a time that depends on the length of what is expected alone. */
export function equalText(expected: string, received: unknown): boolean {
  if (typeof received !== 'string') return false;
  const left = Buffer.from(expected, 'utf8');
  const right = Buffer.from(received, 'utf8');
  return left.byteLength === right.byteLength && timingSafeEqual(left, right);
}
