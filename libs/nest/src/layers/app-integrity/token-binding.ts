import { createHash } from 'node:crypto';
import { equalText } from '../../crypto/index.js';
import type { InboundRequest } from '../../pipeline/index.js';

type Claims = Readonly<Record<string, unknown>>;

/** Whether `pay` is the base64 SHA-256 of the whole Authorization value. False when either is missing. */
export function paysFor(claims: Claims, authorization: string | undefined): boolean {
  if (authorization === undefined) return false;
  return equalText(createHash('sha256').update(authorization, 'utf8').digest('base64'), claims['pay']);
}

/** `htu` (RFC 9449 §4.2) is compared without query and fragment. */
function sameUri(htu: unknown, request: InboundRequest): boolean {
  if (typeof htu !== 'string' || !request.origin) return false;
  const path = request.target.split('?', 1)[0] as string;
  return htu.split(/[?#]/, 1)[0] === request.origin.text + path;
}

function sameDigest(digest: unknown, { body }: InboundRequest): boolean {
  if (body.kind === 'unread') return false;
  const bytes = body.kind === 'bytes' ? body.bytes : new Uint8Array();
  return equalText(createHash('sha256').update(bytes).digest('base64'), digest);
}

/**
 * Why a token that is bound to one call (`htm`, `htu`, `digest`: base64 SHA-256 of the body) is not for this one, or
 * undefined.
 */
export function refuseOtherCall(claims: Claims, request: InboundRequest): string | undefined {
  if ('htm' in claims && claims['htm'] !== request.method) return 'htm_mismatch';
  if ('htu' in claims && !sameUri(claims['htu'], request)) return 'htu_mismatch';
  if ('digest' in claims && !sameDigest(claims['digest'], request)) return 'digest_mismatch';
  return undefined;
}
