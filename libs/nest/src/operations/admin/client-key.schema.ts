import { createPublicKey, type JsonWebKey } from 'node:crypto';
import { z } from 'zod';
import type { ClientKey } from '../../authorities/apps/index.js';

/** 32 bytes in base64url, spelled in the one way that there is. */
const coordinate = z
  .string()
  .regex(/^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/, 'expected 32 bytes in base64url');

/** RFC 7517, RFC 7518 §6.2: a public P-256 key, and nothing else. A private one is refused, and so is a point off the curve. */
export const clientKey = z
  .strictObject({
    kty: z.literal('EC', { error: 'expected EC' }),
    crv: z.literal('P-256', { error: 'expected P-256' }),
    x: coordinate,
    y: coordinate,
    kid: z
      .string()
      .regex(/^[\x21-\x7e]{1,128}$/, 'expected 1 to 128 printable characters')
      .optional(),
    // What other tools write beside the key, and what goes without saying here.
    use: z.literal('sig', { error: 'expected sig' }).optional(),
    alg: z.literal('ES256', { error: 'expected ES256' }).optional(),
    d: z.never({ error: 'expected a public key: nobody but the app needs the private one' }).optional(),
  })
  .transform(({ kty, crv, x, y, kid }): ClientKey => ({ kty, crv, x, y, ...(kid !== undefined && { kid }) }))
  .refine(isOnCurve, 'expected a point of the curve P-256');

/** RFC 7523 §3: which key has signed is told by `kid`, where there is one. */
export const clientKeys = z
  .array(clientKey)
  .max(10)
  .refine(
    (keys) => differ(keys.map(({ x, y }) => `${x}.${y}`)) && differ(keys.flatMap(({ kid }) => kid ?? [])),
    'expected keys that differ, and differ in kid',
  );

function isOnCurve({ kty, crv, x, y }: ClientKey): boolean {
  const key: JsonWebKey = { kty, crv, x, y };
  try {
    return createPublicKey({ key, format: 'jwk' }).asymmetricKeyType === 'ec';
  } catch {
    return false;
  }
}

function differ(values: readonly string[]): boolean {
  return new Set(values).size === values.length;
}
