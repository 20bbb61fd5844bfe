import { decodeBase64Url } from './base64.js';
import { parseJsonObject } from './json-object.js';
import { decodeUtf8 } from './utf8.js';

/** A JWS in compact serialisation (RFC 7515 §7.1), taken apart and not verified. */
export interface CompactJws {
  /** The protected header; an object without a prototype. */
  readonly header: Record<string, unknown>;
  readonly payload: Uint8Array;
  readonly signature: Uint8Array;
  /** ASCII text that was signed or MACed: header and payload as sent (RFC 7515 §5.1). */
  readonly signingInput: string;
}

const LONGEST = 16384;

function objectOf(bytes: Uint8Array): Record<string, unknown> | undefined {
  const text = decodeUtf8(bytes);
  return text === undefined ? undefined : parseJsonObject(text);
}

/**
 * Takes a compact JWS apart, or returns undefined: for other than three parts, base64url in any but its one canonical
 * spelling (a second spelling would pass by a list of revoked tokens), more than 16384 characters, a header that is
 * not a JSON object or names a member twice, and the extensions `crit` (RFC 7515 §4.1.11) and `b64` (RFC 7797). What
 * the header's members say is for the caller to check, an empty signature included.
 */
export function parseCompactJws(text: string): CompactJws | undefined {
  if (text.length > LONGEST) return undefined;
  const first = text.indexOf('.');
  const second = text.indexOf('.', first + 1);
  if (first < 1 || second < 0) return undefined;
  // A third dot is outside the alphabet and is refused with the signature.
  const signature = decodeBase64Url(text.slice(second + 1));
  const payload = signature && decodeBase64Url(text.slice(first + 1, second));
  const headerBytes = payload && decodeBase64Url(text.slice(0, first));
  const header = headerBytes && objectOf(headerBytes);
  if (!header || 'crit' in header || 'b64' in header) return undefined;
  return { header, payload, signature, signingInput: text.slice(0, second) };
}

/**
 * The claims set of a JWT (RFC 7519 §7.2), an object without a prototype; undefined when the bytes are not the UTF-8 of
 * a JSON object or when a claim is there twice.
 */
export function parseJwtClaims(payload: Uint8Array): Record<string, unknown> | undefined {
  return objectOf(payload);
}
