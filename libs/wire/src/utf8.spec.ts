import { decodeUtf8 } from './utf8.js';

const MIB = 1_048_576;

describe('UTF-8', () => {
  it.each([
    ['an overlong form', [0xc0, 0x80]],
    ['half of a surrogate pair', [0xed, 0xa0, 0x80]],
    ['a point beyond the last', [0xf4, 0x90, 0x80, 0x80]],
    ['a cut off character', [0x61, 0xe2, 0x82]],
    ['a lone continuation', [0x80]],
  ])('is not %s, and what is read next does not suffer from it', (_, bytes) => {
    expect(decodeUtf8(Uint8Array.from(bytes))).toBeUndefined();
    expect(decodeUtf8(Buffer.from('é€𝄞'))).toBe('é€𝄞');
  });

  it('keeps a byte order mark, so that no two bodies read as one', () => {
    expect(decodeUtf8(Uint8Array.from([0xef, 0xbb, 0xbf, 0x61]))).toBe('\ufeffa');
  });

  it('[A15] is read faster than it arrives: 1 MiB of a stranger costs milliseconds', () => {
    const bytes = Buffer.from('é'.repeat(MIB / 2));
    const taken = Array.from({ length: 5 }, () => {
      const startedAt = performance.now();
      decodeUtf8(bytes);
      return performance.now() - startedAt;
    });
    expect(Math.min(...taken)).toBeLessThan(15);
  });
});
