import type { Finding } from './finding.js';

export interface ClockReading {
  readonly name: string;
  /** Whose clock it is: `the database`. */
  readonly whose: string;
  /** Milliseconds since the Unix epoch, by this node's clock, when the answer was there. */
  readonly answeredAt: number;
  /** How long the question and its answer were under way. */
  readonly tookMs: number;
  /** Milliseconds since the Unix epoch, by the other clock, some time between. */
  readonly theirs: number;
}

const NOTICEABLE_MS = 1_000;
const HARMFUL_MS = 5_000;

/** How far another clock is from this node's for certain: half the way there and back could be either. */
export function clockDifference({ name, whose, answeredAt, tookMs, theirs }: ClockReading): Finding {
  const apartMs = theirs - (answeredAt - tookMs / 2);
  const certainMs = Math.max(0, Math.abs(apartMs) - tookMs / 2);
  if (certainMs < NOTICEABLE_MS) return { name, status: 'ok', detail: `this node and ${whose} agree` };
  return {
    name,
    status: certainMs < HARMFUL_MS ? 'warn' : 'fail',
    detail: `${whose} is ${(Math.abs(apartMs) / 1000).toFixed(1)} s ${apartMs > 0 ? 'ahead of' : 'behind'} this node`,
    advice:
      'Let every machine take its time from NTP (timedatectl status says whether it does): signatures, sessions and tokens are judged by the clock of the node that sees them.',
  };
}

const READINGS = 3;

/** Of several readings the quickest, which says most: how far away it is, and not how busy everybody was. */
export async function quickestReading(read: () => Promise<ClockReading>): Promise<ClockReading> {
  let best = await read();
  for (let reading = 1; reading < READINGS; reading += 1) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other: each is timed
    const next = await read();
    if (next.tookMs < best.tookMs) best = next;
  }
  return best;
}
