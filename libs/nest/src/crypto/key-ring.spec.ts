import { createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { KeyRing, SealBroken } from './key-ring.js';

const OLD = Buffer.alloc(32, 1);
const NEW = Buffer.alloc(32, 2);
const oldRing = new KeyRing([OLD]);
const ring = new KeyRing([NEW, OLD]);
const hkdf = (key: Buffer, info: string, bytes: number) =>
  Buffer.from(hkdfSync('sha256', key, Buffer.alloc(0), info, bytes));
const idOf = (key: Buffer) => hkdf(key, 'portcullis key id', 4).toString('hex');
const SECRET = Buffer.from('a signing secret');

function messageOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError);
    return (error as Error).message;
  }
  throw new Error('nothing was thrown');
}

describe('KeyRing.parse', () => {
  const bytes = Buffer.from('fb'.repeat(32), 'hex');

  it.each([
    ['base64', bytes.toString('base64')],
    ['base64url', bytes.toString('base64url')],
    ['base64url with padding', `${bytes.toString('base64url')}=`],
    ['white space around', `\n ${bytes.toString('base64')} \n`],
  ])('reads %s', (_name, text) => {
    expect(KeyRing.parse(text).keyedHash('a', 'b')).toBe(new KeyRing([bytes]).keyedHash('a', 'b'));
  });

  it('takes the first key for the newest', () => {
    const parsed = KeyRing.parse(`${NEW.toString('base64')},${OLD.toString('base64url')}`);
    expect(parsed.keyedHash('a', 'b')).toBe(ring.keyedHash('a', 'b'));
    expect(parsed.matchesHash('a', 'b', oldRing.keyedHash('a', 'b'))).toBe(true);
  });

  it.each([
    ['nothing', '', 0],
    ['31 bytes', Buffer.alloc(31, 7).toString('base64'), 0],
    ['33 bytes', Buffer.alloc(33, 7).toString('base64'), 0],
    ['hex', Buffer.alloc(32, 7).toString('hex'), 0],
    ['a trailing comma', `${NEW.toString('base64')},`, 1],
    ['a second spelling', `${OLD.toString('base64url').slice(0, -1)}F`, 0],
    ['both alphabets', `${NEW.toString('base64')},+-${'A'.repeat(41)}`, 1],
  ])('refuses %s, names where, and keeps the value to itself', (_name, text, index) => {
    expect(messageOf(() => KeyRing.parse(text))).toBe(
      `key ring: expected 32 bytes in base64 or base64url at index ${index}`,
    );
  });

  it('refuses the same key twice, however it is spelled', () => {
    const message = messageOf(() => KeyRing.parse(`${OLD.toString('base64')},${OLD.toString('base64url')}`));
    expect(message).toBe('key ring: expected a new key at index 1, found that of index 0');
  });

  it('refuses an empty ring and a short key', () => {
    expect(messageOf(() => new KeyRing([]))).toContain('at least one key');
    expect(messageOf(() => new KeyRing([NEW, Buffer.alloc(16)]))).toContain('index 1');
  });
});

describe('seal and open', () => {
  it('gives back what was sealed, for its context alone', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.string(), fc.string(), (plain, context, other) => {
        const sealed = ring.seal(plain, context);
        expect(ring.open(sealed, context)).toEqual(Buffer.from(plain));
        if (other !== context) expect(() => ring.open(sealed, other)).toThrow(SealBroken);
      }),
    );
  });

  it('is laid out as version, key id, iv, ciphertext, tag, and never the same twice', () => {
    const sealed = ring.seal(SECRET, 'apps/1/2');
    expect(sealed).toHaveLength(1 + 4 + 12 + SECRET.length + 16);
    expect(sealed[0]).toBe(1);
    expect(sealed.subarray(1, 5).toString('hex')).toBe(idOf(NEW));
    expect(ring.seal(SECRET, 'apps/1/2').equals(sealed)).toBe(false);
  });

  it('answers every wrong value with the same error', () => {
    const sealed = ring.seal(SECRET, 'here');
    const changed = Array.from(sealed, (byte, at) => Buffer.from(sealed).fill(byte ^ 1, at, at + 1));
    const cut = Array.from(sealed, (_byte, length) => sealed.subarray(0, length));
    const strange = [
      Buffer.concat([sealed, Buffer.of(0)]),
      new KeyRing([randomBytes(32)]).seal(SECRET, 'here'),
      null as never,
      'text' as never,
    ];
    const errors = [...changed, ...cut, ...strange].map((value) => {
      try {
        return ring.open(value, 'here');
      } catch (error) {
        return error;
      }
    });
    expect(errors).toHaveLength(2 * sealed.length + strange.length);
    for (const error of errors) {
      expect(error).toBeInstanceOf(SealBroken);
      expect((error as Error).message).toBe('the seal is broken');
      expect((error as Error).cause).toBeUndefined();
    }
  });

  it('opens what an older key sealed', () => {
    const sealed = oldRing.seal(SECRET, 'here');
    expect(ring.open(sealed, 'here')).toEqual(SECRET);
    expect(() => oldRing.open(ring.seal(SECRET, 'here'), 'here')).toThrow(SealBroken);
  });

  it('does not open under another key that was given the same id', () => {
    const sealed = oldRing.seal(SECRET, 'here');
    Buffer.from(idOf(NEW), 'hex').copy(sealed, 1);
    expect(() => ring.open(sealed, 'here')).toThrow(SealBroken);
  });
});

describe('keyed hashes', () => {
  it('is the key id and the HMAC under the subkey of the purpose', () => {
    const mac = createHmac('sha256', hkdf(NEW, 'portcullis hash v1 refresh token', 32)).update('value');
    expect(ring.keyedHash('refresh token', 'value')).toBe(`${idOf(NEW)}.${mac.digest('base64url')}`);
    expect(ring.keyedHash('refresh token', 'value')).not.toBe(ring.keyedHash('code', 'value'));
  });

  it('lists the hashes under every key, newest first', () => {
    const hashes = ring.keyedHashes('code', 'value');
    expect(hashes).toEqual([ring.keyedHash('code', 'value'), oldRing.keyedHash('code', 'value')]);
  });

  it('matches under every key of the ring', () => {
    const older = oldRing.keyedHash('code', 'value');
    expect(ring.matchesHash('code', 'value', older)).toBe(true);
    expect(ring.matchesHash('code', 'value', ring.keyedHash('code', 'value'))).toBe(true);
    expect(oldRing.matchesHash('code', 'value', ring.keyedHash('code', 'value'))).toBe(false);
  });

  it('matches no other value, purpose, key or spelling', () => {
    const stored = ring.keyedHash('code', 'value');
    const [id, mac] = stored.split('.') as [string, string];
    expect(ring.matchesHash('code', 'Value', stored)).toBe(false);
    expect(ring.matchesHash('token', 'value', stored)).toBe(false);
    const wrong = [
      '',
      id,
      `${id}.`,
      mac,
      `${id}.${mac}=`,
      ` ${stored}`,
      `${id.toUpperCase()}.${mac}`,
      `${idOf(OLD)}.${mac}`,
      `00000000.${mac}`,
      null,
      undefined,
      7,
    ];
    for (const value of wrong) expect(ring.matchesHash('code', 'value', value)).toBe(false);
  });

  it('[RFC 2104] makes pairs of the halves of one HMAC-SHA-512, under the key that is named', () => {
    const key = hkdf(OLD, 'portcullis hash v1 pair refresh token', 32);
    const mac = createHmac('sha512', key).update('value').digest();
    const [shown, kept] = [mac.subarray(0, 32), mac.subarray(32)].map((half) => half.toString('base64url'));
    const pair = { keyId: idOf(OLD), shown, kept: `${idOf(OLD)}.${kept}` };
    expect(oldRing.keyedHashPair('refresh token', 'value')).toEqual(pair);
    expect(ring.keyedHashPairUnder(idOf(OLD), 'refresh token', 'value')).toEqual(pair);
    expect(ring.keyedHashPair('refresh token', 'value').keyId).toBe(idOf(NEW));
    expect(oldRing.keyedHashPairUnder(idOf(NEW), 'refresh token', 'value')).toBeUndefined();
  });

  it('gives a log 8 hex digits that are no part of a hash', () => {
    expect(ring.fingerprint('value')).toMatch(/^[0-9a-f]{8}$/);
    expect(ring.fingerprint('value')).toBe(ring.fingerprint('value'));
    expect(ring.fingerprint('value')).not.toBe(oldRing.fingerprint('value'));
    expect(ring.fingerprint('value')).not.toBe(ring.fingerprint('other'));
  });
});

it('shows no key to whoever prints it', () => {
  const shown = `${inspect(ring, { depth: 9, showHidden: true })}${JSON.stringify(ring)}`;
  expect(shown).not.toContain(NEW.toString('hex').slice(0, 8));
  expect(shown).not.toContain('02 02');
});
