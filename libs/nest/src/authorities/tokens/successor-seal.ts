import { createCipheriv, createDecipheriv, hash } from 'node:crypto';
import { freshBytes } from '../../crypto/index.js';
import type { RefreshToken } from './refresh-tokens.js';

/** NIST SP 800-38D §8.2.2. A key seals once for every attempt to redeem its token at the same moment. */
const IV_BYTES = 12;
const TAG_BYTES = 16;
/** What NIST SP 800-56C Rev. 2 §4.1 puts before the secret: a counter, of which one turn is all that is needed. */
const COUNTER = '\0\0\0\u0001';
const INFO = 'portcullis refresh successor v2';

/**
 * In the shape of the one-step derivation of NIST SP 800-56C Rev. 2 §4.1 with SHA-256, of the secret as it is written. HKDF
 * (RFC 5869) extracts first, for secrets that are less than uniformly random; this one is, and every refresh waits for it.
 * The secret has one length, and the session's id and the generation one spelling each: no two tokens have one key, and a
 * seal opens in its own place alone.
 */
function keyOf({ secret, sessionId, generation }: RefreshToken): Buffer {
  return hash('sha256', `${COUNTER}${secret}${INFO}${sessionId}.${generation}`, 'buffer');
}

/**
 * The text of a token's successor, AES-256-GCM under a key that is derived from the token: iv, ciphertext, tag. Who has the
 * database has no token, and so no key; who presents the token again is given the same successor.
 */
export function sealSuccessor(predecessor: RefreshToken, successor: RefreshToken): Buffer {
  const iv = freshBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', keyOf(predecessor), iv, { authTagLength: TAG_BYTES });
  return Buffer.concat([iv, cipher.update(successor.text, 'latin1'), cipher.final(), cipher.getAuthTag()]);
}

/** The successor's text. Throws when this is not the token that it was sealed under, or when it was changed. */
export function openSuccessor(predecessor: RefreshToken, sealed: Uint8Array): string {
  const tagAt = sealed.byteLength - TAG_BYTES;
  const iv = sealed.subarray(0, IV_BYTES);
  const decipher = createDecipheriv('aes-256-gcm', keyOf(predecessor), iv, { authTagLength: TAG_BYTES });
  decipher.setAuthTag(sealed.subarray(tagAt));
  const text = decipher.update(sealed.subarray(IV_BYTES, tagAt));
  return Buffer.concat([text, decipher.final()]).toString('latin1');
}
