import { freshBytes } from './index.js';

describe('fresh bytes', () => {
  it('are as many as were asked for, and never the same twice, over many drawings of the pool', () => {
    const seen = new Set<string>();
    for (let at = 0; at < 5_000; at++) {
      const bytes = freshBytes(12 + (at % 21));
      expect(bytes).toHaveLength(12 + (at % 21));
      seen.add(bytes.subarray(0, 12).toString('hex'));
    }
    expect(seen.size).toBe(5_000);
  });

  it('are nobody else’s memory: changed by whoever has them, they change nothing that comes later', () => {
    const first = freshBytes(4_000);
    const before = first.toString('hex');
    freshBytes(4_000).fill(1);
    expect(first.toString('hex')).toBe(before);
    first.fill(0);
    expect(freshBytes(32).every((byte) => byte === 0)).toBe(false);
  });

  it('use every bit', () => {
    let all = Buffer.alloc(16);
    let none = Buffer.alloc(16, 0xff);
    for (let at = 0; at < 1_000; at++) {
      const bytes = freshBytes(16);
      all = Buffer.from(all.map((byte, place) => byte | (bytes[place] as number)));
      none = Buffer.from(none.map((byte, place) => byte & (bytes[place] as number)));
    }
    expect([all, none]).toEqual([Buffer.alloc(16, 0xff), Buffer.alloc(16)]);
  });

  it('are not asked for in amounts that the pool does not hold', () => {
    expect(() => freshBytes(8_193)).toThrow(RangeError);
    expect(freshBytes(8_192)).toHaveLength(8_192);
  });
});
