import { createCipheriv, createDecipheriv, createHmac, createSecretKey } from 'node:crypto';
import { freshBytes } from '../../crypto/index.js';
import type { RefreshToken } from './refresh-tokens.js';

/** NIST SP 800-38D §8.2.1. A key seals once for every attempt to redeem its token at the same moment. */
const IV_BYTES = 12;
const TAG_BYTES = 16;
/** RFC 5869 §2.2: no salt is as many zeros as the hash has bytes. */
const NO_SALT = createSecretKey(Buffer.alloc(32));
const INFO = 'portcullis refresh successor v1';

/**
 * RFC 5869 with SHA-256, of which one block is all that is needed. Put together from its two steps: `hkdfSync` takes three times
 * as long, and every refresh waits for it.
 */
function keyOf({ secret }: RefreshToken): Buffer {
  const extracted = createHmac('sha256', NO_SALT).update(secret, 'base64url').digest();
  return createHmac('sha256', extracted).update(`${INFO}\u0001`, 'latin1').digest();
}

/** Both have one spelling. Moved to another family, or to another place in its own, a seal does not open. */
function boundTo({ sessionId, generation }: RefreshToken): Buffer {
  return Buffer.from(`${sessionId}.${generation}`, 'latin1');
}

/**
 * The text of a token's successor, AES-256-GCM under a key that is derived from the token: iv, ciphertext, tag. Who has the
 * database has no token, and so no key; who presents the token again is given the same successor.
 */
export function sealSuccessor(predecessor: RefreshToken, successor: RefreshToken): Buffer {
  const iv = freshBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', keyOf(predecessor), iv, { authTagLength: TAG_BYTES });
  cipher.setAAD(boundTo(predecessor));
  return Buffer.concat([iv, cipher.update(successor.text, 'latin1'), cipher.final(), cipher.getAuthTag()]);
}

/** The successor's text. Throws when this is not the token that it was sealed under, or when it was changed. */
export function openSuccessor(predecessor: RefreshToken, sealed: Uint8Array): string {
  const tagAt = sealed.byteLength - TAG_BYTES;
  const iv = sealed.subarray(0, IV_BYTES);
  const decipher = createDecipheriv('aes-256-gcm', keyOf(predecessor), iv, { authTagLength: TAG_BYTES });
  decipher.setAAD(boundTo(predecessor)).setAuthTag(sealed.subarray(tagAt));
  const text = decipher.update(sealed.subarray(IV_BYTES, tagAt));
  return Buffer.concat([text, decipher.final()]).toString('latin1');
}
