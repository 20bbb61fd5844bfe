import type { Clock } from './clock.js';
import type { TokenSession } from './kept-session.js';
import { pause } from './pause.js';
import type { RefreshOutcome } from './refresh-outcome.js';
import type { TokenEndpoint } from './token-endpoint.js';

export interface PatientRefreshParts {
  readonly endpoint: TokenEndpoint;
  readonly clock: Clock;
  readonly timeLimitMs: number;
}

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 4000;
const SHORTEST_TRY_MS = 5000;

/** Longer each time, and not the same for all phones that lost one server. */
function pauseAfter(tries: number): number {
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** tries) * (0.5 + Math.random() / 2);
}

/**
 * Asks with one and the same refresh token until somebody answers: the server may have rotated it, and then gives the same
 * successor again for the time of its grace.
 */
export class PatientRefresh {
  constructor(private readonly parts: PatientRefreshParts) {}

  /**
   * The outcome of the last try, after `timeLimitMs` at the most. `isWanted` is asked before each try; undefined when it
   * says no.
   */
  async refresh(
    session: TokenSession,
    isWanted: () => Promise<boolean> = async () => true,
  ): Promise<RefreshOutcome | undefined> {
    const { endpoint, clock, timeLimitMs } = this.parts;
    let leftMs = timeLimitMs;
    for (let tries = 0; ; tries += 1) {
      if (!(await isWanted())) return undefined;
      // Half of what is left: time for another try when this one hangs.
      const tryMs = Math.min(leftMs, Math.max(leftMs / 2, SHORTEST_TRY_MS));
      const begunAtMs = clock.now();
      const outcome = await endpoint.refresh(session, tryMs);
      if (outcome.kind !== 'unanswered') return outcome;
      const pauseMs = Math.max(pauseAfter(tries), (outcome.retryAfterSeconds ?? 0) * 1000);
      // No longer and no shorter than it can have been, whatever became of the clock meanwhile.
      leftMs -= Math.min(tryMs, Math.max(0, clock.now() - begunAtMs)) + pauseMs;
      if (leftMs <= 0) return outcome;
      await pause(pauseMs);
    }
  }
}
