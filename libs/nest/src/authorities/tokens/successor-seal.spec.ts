import { createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { KeyRing, newOpaqueKey } from '../../crypto/index.js';
import { RefreshTokens } from './refresh-tokens.js';
import { openSuccessor, sealSuccessor } from './successor-seal.js';

const tokens = new RefreshTokens(new KeyRing([randomBytes(32)]));
const { id } = newOpaqueKey();
const predecessor = tokens.mint(id, 3);
const successor = tokens.mint(id, 4);

it('gives whoever has the predecessor its successor', () => {
  expect(openSuccessor(predecessor, sealSuccessor(predecessor, successor))).toBe(successor.text);
});

it('[RFC 5869] is AES-256-GCM under a key that HKDF derives from the predecessor’s secret', () => {
  const sealed = sealSuccessor(predecessor, successor);
  const secret = Buffer.from(predecessor.secret, 'base64url');
  const key = hkdfSync('sha256', secret, Buffer.alloc(0), 'portcullis refresh successor v1', 32);
  const decipher = createDecipheriv('aes-256-gcm', Buffer.from(key), sealed.subarray(0, 12));
  decipher.setAAD(Buffer.from(`${id}.3`)).setAuthTag(sealed.subarray(-16));
  const opened = Buffer.concat([decipher.update(sealed.subarray(12, -16)), decipher.final()]);
  expect(opened.toString()).toBe(successor.text);
});

it('looks different each time, and shows nothing of either token', () => {
  const sealed = [sealSuccessor(predecessor, successor), sealSuccessor(predecessor, successor)];
  expect(sealed[0]).not.toEqual(sealed[1]);
  for (const one of sealed)
    for (const part of [...successor.text.split('.'), predecessor.secret])
      if (part.length > 3) expect(one.toString('latin1')).not.toContain(part);
});

it('opens with no other token of the family, nor with another family’s', () => {
  const sealed = sealSuccessor(predecessor, successor);
  const others = [
    successor,
    tokens.mint(id, 3),
    { ...predecessor, generation: 2 },
    { ...predecessor, sessionId: newOpaqueKey().id },
  ];
  for (const other of others) expect(() => openSuccessor(other, sealed)).toThrow();
});

it('does not open when it was changed or cut', () => {
  const sealed = sealSuccessor(predecessor, successor);
  for (let at = 0; at < sealed.length; at++) {
    const changed = Buffer.from(sealed);
    changed[at]! ^= 1;
    expect(() => openSuccessor(predecessor, changed)).toThrow();
    expect(() => openSuccessor(predecessor, sealed.subarray(0, at))).toThrow();
  }
});
