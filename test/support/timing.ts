import { randomBytes } from 'node:crypto';

const WARM_UP = 5_000;
/** Slower than this share of all samples is what the machine did, not the program (dudect crops in the same way). */
const KEPT_SHARE = 0.9;

export interface Timing {
  /** Welch's t. */
  readonly t: number;
  /** By how much the first kind takes longer, in nanoseconds. */
  readonly differenceNs: number;
}

function nanoseconds<T>(call: (input: T) => unknown, input: T): number {
  const startedAt = process.hrtime.bigint();
  call(input);
  return Number(process.hrtime.bigint() - startedAt);
}

function momentsOf(samples: readonly number[]): { mean: number; variance: number; count: number } {
  const mean = samples.reduce((sum, one) => sum + one, 0) / samples.length;
  const variance = samples.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (samples.length - 1);
  return { mean, variance, count: samples.length };
}

/**
 * Times one call with inputs of two kinds, made and asked for in turn and in random order, so that neither kind has a
 * better place in memory or in time; cropped at one bound for both.
 */
export function timingOf<T>(
  call: (input: T) => unknown,
  pairs: readonly (readonly [T, T])[],
  samples: number,
): Timing {
  const times: [number[], number[]] = [[], []];
  for (let at = -WARM_UP; at < samples; at++) {
    const [random = 0, flip = 0] = randomBytes(2);
    const pair = pairs[random % pairs.length] as readonly [T, T];
    const first = (flip & 1) as 0 | 1;
    for (const which of [first, (1 - first) as 0 | 1] as const) {
      const time = nanoseconds(call, pair[which]);
      if (at >= 0) times[which].push(time);
    }
  }
  const sorted = times.flat().toSorted((a, b) => a - b);
  const bound = sorted[Math.floor(sorted.length * KEPT_SHARE)] as number;
  const [a, b] = times.map((list) => momentsOf(list.filter((time) => time <= bound)));
  if (!a || !b) throw new Error('nothing was timed');
  const t = (a.mean - b.mean) / Math.sqrt(a.variance / a.count + b.variance / b.count);
  return { t, differenceNs: a.mean - b.mean };
}
