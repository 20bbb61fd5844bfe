import fc from 'fast-check';
import { equalBytes } from './equal-bytes.js';
import { latin1Bytes, utf8Bytes } from './text-bytes.js';

describe('Text as bytes', () => {
  it('is what an encoder makes of it, lone surrogates included', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 0xd700, max: 0xe100 }), (text, unit) => {
        const broken = text + String.fromCharCode(unit);
        expect(utf8Bytes(broken)).toEqual(new TextEncoder().encode(broken));
      }),
    );
  });

  it('is one byte a character in a header, or refused', () => {
    expect(latin1Bytes('aÿ\u0000')).toEqual(Uint8Array.of(0x61, 0xff, 0));
    expect(() => latin1Bytes('Ā')).toThrow(TypeError);
  });
});

describe('Equal bytes', () => {
  it('are equal in length and in each byte', () => {
    const bytes = Uint8Array.of(1, 2, 3);
    expect(equalBytes(bytes, Uint8Array.of(1, 2, 3))).toBe(true);
    for (const other of [[1, 2, 4], [0, 2, 3], [1, 2], [1, 2, 3, 0], []])
      expect(equalBytes(bytes, Uint8Array.from(other))).toBe(false);
    expect(equalBytes(bytes, undefined)).toBe(false);
    expect(equalBytes(new Uint8Array(), new Uint8Array())).toBe(true);
  });
});
