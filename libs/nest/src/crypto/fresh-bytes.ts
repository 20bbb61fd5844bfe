import { randomFillSync } from 'node:crypto';

const POOL_BYTES = 8192;

const pool = Buffer.allocUnsafeSlow(POOL_BYTES);
let taken = POOL_BYTES;

/**
 * Random bytes of the system's generator, of which many are drawn at once: asking for a few costs as much as asking for
 * thousands, and a token needs a few several times. Nothing is handed out twice, nor kept once it was handed out.
 */
export function freshBytes(count: number): Buffer {
  if (count > POOL_BYTES) throw new RangeError(`fresh bytes: expected at most ${POOL_BYTES}`);
  if (taken + count > POOL_BYTES) {
    randomFillSync(pool);
    taken = 0;
  }
  const bytes = Buffer.allocUnsafeSlow(count);
  pool.copy(bytes, 0, taken, taken + count);
  pool.fill(0, taken, taken + count);
  taken += count;
  return bytes;
}
