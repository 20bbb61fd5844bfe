import { createDecipheriv, createHash, randomBytes } from 'node:crypto';
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

it('[SP 800-56C §4.1] is AES-256-GCM under a key that is derived from the predecessor’s secret and its place', () => {
  const sealed = sealSuccessor(predecessor, successor);
  const key = createHash('sha256')
    .update(Buffer.of(0, 0, 0, 1))
    .update(predecessor.secret)
    .update(`portcullis refresh successor v2${id}.3`)
    .digest();
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, 12));
  decipher.setAuthTag(sealed.subarray(-16));
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
