/** The public half of a P-256 key (RFC 7518 §6.2.1): only what the key is, nothing of what it is for. */
export interface EcPublicJwk {
  readonly kty: 'EC';
  readonly crv: 'P-256';
  /** 32 bytes in base64url, as `y`. */
  readonly x: string;
  readonly y: string;
}

/**
 * The text of which SHA-256 in base64url is the key's thumbprint (RFC 7638 §3): the required members alone, in the order
 * of their names, without white space. Hashing is the caller's.
 */
export function jwkThumbprintInput({ crv, kty, x, y }: EcPublicJwk): string {
  return JSON.stringify({ crv, kty, x, y });
}
