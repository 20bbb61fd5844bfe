import { decodeBase64Url } from './base64.js';
import { parseCompactJws, parseJwtClaims } from './jws.js';
import type { EcPublicJwk } from './jwk-thumbprint.js';

/** What a DPoP proof says (RFC 9449 §4.2). */
export interface DpopProofClaims {
  /** Method of the request, in the letters in which it is sent. */
  readonly htm: string;
  /** Target URI of the request, without query and fragment; see `dpopHtu`. */
  readonly htu: string;
  /** When the proof was made, in seconds since the epoch. */
  readonly iat: number;
  /** Names the proof: 1 to 256 bytes. */
  readonly jti: string;
  /** SHA-256 in base64url of the access token that goes with it (ASCII). */
  readonly ath?: string | undefined;
  /** The server's latest `DPoP-Nonce` (RFC 9449 §8, §9). */
  readonly nonce?: string | undefined;
}

export interface DpopProofHeader {
  readonly typ: 'dpop+jwt';
  readonly alg: 'ES256';
  readonly jwk: EcPublicJwk;
}

/** A proof taken apart and not verified. */
export interface ParsedDpopProof {
  /** The key that the proof says it was made with: its members that say what it is, and no other. */
  readonly jwk: EcPublicJwk;
  readonly claims: DpopProofClaims;
  /** When it says that it begins and ceases to hold, in seconds (RFC 7519 §4.1.4, §4.1.5): no proof has to. */
  readonly times: { readonly nbf?: number | undefined; readonly exp?: number | undefined };
  /** ASCII text that was signed (RFC 7515 §5.1). */
  readonly signingInput: string;
  /** 64 bytes (RFC 7518 §3.4). */
  readonly signature: Uint8Array;
}

const LONGEST = 8192;
const LONGEST_JTI_BYTES = 256;
const LONGEST_NONCE = 256;
const COORDINATE_BYTES = 32;
const SIGNATURE_BYTES = 64;

/** The header of a proof that is made with a key (RFC 9449 §4.2). */
export function dpopProofHeader({ kty, crv, x, y }: EcPublicJwk): DpopProofHeader {
  return { typ: 'dpop+jwt', alg: 'ES256', jwk: { kty, crv, x, y } };
}

function isCoordinate(value: unknown): value is string {
  return typeof value === 'string' && decodeBase64Url(value)?.length === COORDINATE_BYTES;
}

/** Not a private key (RFC 9449 §4.3 step 7): whoever sends one has no key any more. */
function readJwk(value: unknown): EcPublicJwk | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { kty, crv, x, y, d } = value as Record<string, unknown>;
  if (kty !== 'EC' || crv !== 'P-256' || d !== undefined) return undefined;
  return isCoordinate(x) && isCoordinate(y) ? { kty, crv, x, y } : undefined;
}

/** Length in UTF-8; 0 for half a surrogate pair, of which different ones would hash alike. */
function lengthInBytes(text: string): number {
  try {
    return encodeURIComponent(text).replace(/%../g, '.').length;
  } catch {
    return 0;
  }
}

function isJti(value: unknown): value is string {
  // The characters first: the bytes of a megabyte are not worth counting.
  if (typeof value !== 'string' || value.length > LONGEST_JTI_BYTES) return false;
  const bytes = lengthInBytes(value);
  return bytes > 0 && bytes <= LONGEST_JTI_BYTES;
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

function isOptional<T>(value: unknown, is: (value: unknown) => value is T): value is T | undefined {
  return value === undefined || is(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isNonce(value: unknown): value is string {
  return isText(value) && value.length <= LONGEST_NONCE;
}

function readClaims(all: Record<string, unknown>): Pick<ParsedDpopProof, 'claims' | 'times'> | undefined {
  const { htm, htu, iat, jti, ath, nonce, nbf, exp } = all;
  if (!isText(htm) || !isText(htu) || !isTime(iat) || !isJti(jti)) return undefined;
  if (!isOptional(ath, isText) || !isOptional(nonce, isNonce)) return undefined;
  if (!isOptional(nbf, isTime) || !isOptional(exp, isTime)) return undefined;
  return { claims: { htm, htu, iat, jti, ath, nonce }, times: { nbf, exp } };
}

/**
 * Takes a DPoP proof apart (RFC 9449 §4.3 steps 2 to 7, but for the signature), or returns undefined: for what is no
 * compact JWS in its one spelling, for more than 8192 characters, another `typ` than `dpop+jwt`, another `alg` than ES256,
 * another `jwk` than a public P-256 key, and for claims that are missing or of another kind.
 */
export function parseDpopProof(text: string): ParsedDpopProof | undefined {
  const jws = text.length <= LONGEST ? parseCompactJws(text) : undefined;
  if (!jws || jws.header['typ'] !== 'dpop+jwt' || jws.header['alg'] !== 'ES256') return undefined;
  const { signingInput, signature } = jws;
  const jwk = readJwk(jws.header['jwk']);
  const all = jwk && parseJwtClaims(jws.payload);
  const said = all && readClaims(all);
  if (!said || signature.length !== SIGNATURE_BYTES) return undefined;
  return { jwk, ...said, signingInput, signature };
}
