import { createHmac, sign, type KeyObject } from 'node:crypto';
import type { TokenKey } from './token-key.js';

/** Members to set or, as `undefined`, to leave out. */
export type Overrides = Readonly<Record<string, unknown>>;

interface TokenToSign {
  readonly type: string;
  readonly key: TokenKey;
  readonly claims: Overrides;
  /** Said on top of `typ`, `alg` and `kid`; what is signed with stays the key's. */
  readonly header: Overrides | undefined;
}

/** A compact JWS (RFC 7515 §7.1). */
export function signToken({ type, key: { key, kid }, claims, header }: TokenToSign): string {
  const alg = key.type === 'secret' ? 'HS256' : 'ES256';
  const input = `${encode({ typ: type, alg, kid, ...header })}.${encode(claims)}`;
  return `${input}.${signatureOf(key, input).toString('base64url')}`;
}

function signatureOf(key: KeyObject, input: string): Buffer {
  if (key.type === 'secret') return createHmac('sha256', key).update(input).digest();
  // RFC 7518 §3.4: R and S, not DER.
  return sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' });
}

function encode(members: Overrides): string {
  return Buffer.from(JSON.stringify(members)).toString('base64url');
}
