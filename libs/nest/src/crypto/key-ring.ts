import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  randomBytes,
  type KeyObject,
} from 'node:crypto';
import { decodeBase64, decodeBase64Url } from '@portcullis/wire';
import { equalText } from './equal-text.js';

const KEY_BYTES = 32;
const KEY_ID_BYTES = 4;
const VERSION = 1;
/** NIST SP 800-38D §8.2.2: a random 96-bit iv, good for 2^32 seals under one key. */
const IV_BYTES = 12;
const TAG_BYTES = 16;
const IV_AT = 1 + KEY_ID_BYTES;
const CIPHERTEXT_AT = IV_AT + IV_BYTES;

/** Not sealed by this ring, or not for this context, or changed since: nobody learns which. */
export class SealBroken extends Error {
  constructor() {
    super('the seal is broken');
    this.name = 'SealBroken';
  }
}

/** Two keyed hashes of one value; neither says anything of the other. */
export interface HashPair {
  /** 8 hex digits: the key of the ring that both were made under. */
  readonly keyId: string;
  /** May be given to whoever holds the value. 32 bytes in base64url. */
  readonly shown: string;
  /** What the value is recognised by. As `keyedHash` writes it. */
  readonly kept: string;
}

/** RFC 5869 with SHA-256 and no salt: the keys are uniformly random already. */
function derive(key: KeyObject, info: string, bytes = KEY_BYTES): Buffer {
  return Buffer.from(hkdfSync('sha256', key, Buffer.alloc(0), info, bytes));
}

/** One key of a ring, as the subkeys made from it. The key itself is only used to derive. */
class RingKey {
  readonly idBytes: Buffer;
  readonly id: string;
  readonly seal: KeyObject;
  readonly fingerprint: KeyObject;
  readonly #root: KeyObject;
  readonly #hashing = new Map<string, KeyObject>();

  constructor(key: Buffer) {
    const root = createSecretKey(key);
    this.#root = root;
    this.idBytes = derive(root, 'portcullis key id', KEY_ID_BYTES);
    this.id = this.idBytes.toString('hex');
    this.seal = createSecretKey(derive(root, 'portcullis seal v1'));
    this.fingerprint = createSecretKey(derive(root, 'portcullis fingerprint v1'));
  }

  hashPair(purpose: string, value: string): HashPair {
    const bytes = createHmac('sha512', this.#hashKey(`pair ${purpose}`))
      .update(value, 'utf8')
      .digest();
    const [shown, kept] = [bytes.toString('base64url', 0, 32), bytes.toString('base64url', 32)];
    return { keyId: this.id, shown, kept: `${this.id}.${kept}` };
  }

  hash(purpose: string, value: string): string {
    return `${this.id}.${createHmac('sha256', this.#hashKey(purpose)).update(value, 'utf8').digest('base64url')}`;
  }

  /** Kept for good: purposes are a handful of constants in the code, never a caller's text. */
  #hashKey(purpose: string): KeyObject {
    let key = this.#hashing.get(purpose);
    if (!key) {
      key = createSecretKey(derive(this.#root, `portcullis hash v1 ${purpose}`));
      this.#hashing.set(purpose, key);
    }
    return key;
  }

  /** The key id has a fixed length, so that no two pairs of id and context read the same. */
  boundTo(context: string): Buffer {
    return Buffer.concat([this.idBytes, Buffer.from(context, 'utf8')]);
  }
}

function keyOfText(text: string, index: number): Buffer {
  const entry = text.trim();
  const bytes = decodeBase64(entry) ?? decodeBase64Url(entry.replace(/={1,2}$/, ''));
  // Not a word of the text: what is nearly a key is a secret too.
  if (bytes?.byteLength !== KEY_BYTES)
    throw new TypeError(`key ring: expected ${KEY_BYTES} bytes in base64 or base64url at index ${index}`);
  return Buffer.from(bytes);
}

/**
 * What the product seals and hashes with at rest. The newest key seals and hashes; older ones open and compare, until
 * nothing is left under them. Every use has a subkey of its own, so that no two uses can be played against each other.
 */
export class KeyRing {
  readonly #keys: readonly RingKey[];
  readonly #newest: RingKey;

  /**
   * @param keys 32 random bytes each, newest first.
   * @throws TypeError for an empty ring, a key of another length, or the same key twice.
   */
  constructor(keys: readonly Buffer[]) {
    const ring: RingKey[] = [];
    for (const [index, bytes] of keys.entries()) {
      if (bytes.byteLength !== KEY_BYTES)
        throw new TypeError(`key ring: expected ${KEY_BYTES} bytes at index ${index}`);
      const key = new RingKey(bytes);
      // Two keys under one id would do as much harm as one key twice; by chance it happens once in 2^32.
      const twin = ring.findIndex(({ id }) => id === key.id);
      if (twin >= 0)
        throw new TypeError(`key ring: expected a new key at index ${index}, found that of index ${twin}`);
      ring.push(key);
    }
    const [newest] = ring;
    if (!newest) throw new TypeError('key ring: expected at least one key');
    this.#keys = ring;
    this.#newest = newest;
  }

  /**
   * A ring from a setting: keys in base64 or base64url (RFC 4648 §4, §5), separated by commas, newest first.
   * @throws TypeError that names the index and what was expected, never the value.
   */
  static parse(text: string): KeyRing {
    return new KeyRing(text.split(',').map(keyOfText));
  }

  /**
   * AES-256-GCM: version, key id, iv, ciphertext, tag.
   * @param context where the value belongs, such as table, app id and secret id: moved to another row it does not open.
   */
  seal(plaintext: Uint8Array, context: string): Buffer {
    const key = this.#newest;
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', key.seal, iv, { authTagLength: TAG_BYTES });
    cipher.setAAD(key.boundTo(context));
    const ciphertext = [cipher.update(plaintext), cipher.final()];
    return Buffer.concat([Buffer.of(VERSION), key.idBytes, iv, ...ciphertext, cipher.getAuthTag()]);
  }

  /** @throws SealBroken, whatever is wrong. */
  open(sealed: Uint8Array, context: string): Buffer {
    const key = this.#sealKeyOf(sealed);
    if (!key || sealed.byteLength < CIPHERTEXT_AT + TAG_BYTES) throw new SealBroken();
    const tagAt = sealed.byteLength - TAG_BYTES;
    try {
      const iv = sealed.subarray(IV_AT, CIPHERTEXT_AT);
      const decipher = createDecipheriv('aes-256-gcm', key.seal, iv, { authTagLength: TAG_BYTES });
      decipher.setAAD(key.boundTo(context)).setAuthTag(sealed.subarray(tagAt));
      return Buffer.concat([decipher.update(sealed.subarray(CIPHERTEXT_AT, tagAt)), decipher.final()]);
    } catch {
      throw new SealBroken();
    }
  }

  /**
   * HMAC-SHA-256 (RFC 2104) under the newest key, as `<key id>.<base64url>`. For values of high entropy that only have to
   * be recognised again (tokens, codes, client secrets), never for passwords.
   * @param purpose a constant of the code: the same value has another hash for every purpose.
   */
  keyedHash(purpose: string, value: string): string {
    return this.#newest.hash(purpose, value);
  }

  /** The same under every key of the ring, newest first: one of them is what `keyedHash` gave whenever the value was kept. */
  keyedHashes(purpose: string, value: string): string[] {
    return this.#keys.map((key) => key.hash(purpose, value));
  }

  /** Whether this is the hash of the value under the key that it names; false for an unknown key or no hash at all. */
  matchesHash(purpose: string, value: string, stored: unknown): boolean {
    if (typeof stored !== 'string') return false;
    const id = stored.slice(0, 2 * KEY_ID_BYTES);
    const key = this.#keys.find((known) => known.id === id);
    return key !== undefined && equalText(key.hash(purpose, value), stored);
  }

  /** Two hashes for the price of one, under the newest key: the halves of HMAC-SHA-512 (RFC 2104). */
  keyedHashPair(purpose: string, value: string): HashPair {
    return this.#newest.hashPair(purpose, value);
  }

  /** The same under the key that has this id; undefined when it is not in the ring. */
  keyedHashPairUnder(keyId: string, purpose: string, value: string): HashPair | undefined {
    return this.#keys.find((known) => known.id === keyId)?.hashPair(purpose, value);
  }

  /** 8 hex digits to recognise a value by in a log; to whoever has no key they say nothing. */
  fingerprint(value: string): string {
    return createHmac('sha256', this.#newest.fingerprint).update(value, 'utf8').digest('hex').slice(0, 8);
  }

  #sealKeyOf(sealed: Uint8Array): RingKey | undefined {
    // A row may hold anything, null included.
    if (!(sealed instanceof Uint8Array) || sealed[0] !== VERSION) return undefined;
    const id = Buffer.from(sealed.subarray(1, IV_AT)).toString('hex');
    return this.#keys.find((key) => key.id === id);
  }
}
