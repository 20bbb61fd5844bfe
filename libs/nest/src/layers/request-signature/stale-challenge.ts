import type { KeyObject } from 'node:crypto';
import { formatHawkStaleChallenge, hawkTimestampString } from '@portcullis/wire';
import { hmacSha256 } from './mac.js';

/**
 * This server's time, authenticated with the secret that signed: for a signature that is right and whose time is not.
 * Whatever the scheme, in Hawk's form: no other has one, and the text that is MACed says what it is, so that it is read as
 * nothing else.
 */
export function staleChallenge(key: KeyObject, nowSeconds: number): Readonly<Record<string, string>> {
  const tsm = hmacSha256(key, hawkTimestampString(nowSeconds)).toString('base64');
  return { 'WWW-Authenticate': formatHawkStaleChallenge({ ts: nowSeconds, tsm }) };
}
