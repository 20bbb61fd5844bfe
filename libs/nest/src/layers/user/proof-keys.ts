import { hash } from 'node:crypto';
import { jwkThumbprintInput, type EcPublicJwk, type ParsedDpopProof } from '@portcullis/wire';
import { LRUCache } from 'lru-cache';
import { isSignedBy, jwsKeyOfJwk, type JwsKey } from '../../crypto/index.js';

const CAPACITY = 5_000;

/**
 * The keys that proofs bring along, imported once each: a device has one key and sends it with every request. Proofs are
 * good once, so that nothing else of them is worth remembering.
 */
export class ProofKeys {
  private readonly keys = new LRUCache<string, JwsKey>({ max: CAPACITY });

  /** The thumbprint (RFC 7638) of the key that made the proof; undefined when it was not the one that it names. */
  thumbprintOf(proof: ParsedDpopProof): string | undefined {
    const thumbprint = hash('sha256', jwkThumbprintInput(proof.jwk), 'base64url');
    const known = this.keys.get(thumbprint);
    const key = known ?? keyOf(proof.jwk);
    if (!key || !isSignedBy(key, proof)) return undefined;
    // Kept only now: nobody puts keys here that they do not have.
    if (!known) this.keys.set(thumbprint, key);
    return thumbprint;
  }
}

function keyOf({ kty, crv, x, y }: EcPublicJwk): JwsKey | undefined {
  return jwsKeyOfJwk({ kty, crv, x, y });
}
