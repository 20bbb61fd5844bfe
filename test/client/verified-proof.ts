import { createHash } from 'node:crypto';
import { calculateJwkThumbprint, EmbeddedJWK, jwtVerify, type JWTPayload } from 'jose';

/** Verifies a proof as RFC 9449 §4.3 has it, by jose; what it says, and the key's thumbprint. */
export async function verifiedProof(proof: string): Promise<JWTPayload & { thumbprint: string }> {
  const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, {
    typ: 'dpop+jwt',
    algorithms: ['ES256'],
    maxTokenAge: '60 s',
  });
  const { jwk } = protectedHeader;
  if (!jwk || Object.keys(jwk).toSorted().join() !== 'crv,kty,x,y')
    throw new Error('the header has more than a key');
  return { ...payload, thumbprint: await calculateJwkThumbprint(jwk) };
}

export const athOf = (accessToken: string) => createHash('sha256').update(accessToken).digest('base64url');
