import type { Clock, ReplayJournal } from '../../pipeline/index.js';
import { inTime } from '../../state/index.js';

export interface DurableMarkOptions {
  readonly clock: Clock;
  readonly journal: ReplayJournal;
  /** How far ahead of now every raise goes at least. */
  readonly leadMs: number;
  /** How long somebody waits for a raise before it counts as failed. */
  readonly patienceMs: number;
}

/** Up to when claims may be admitted, as it stands in the journal. One raise at a time, however many ask for it. */
export class DurableMark {
  private durableUntil = Number.NEGATIVE_INFINITY;
  private wantedUntil = Number.NEGATIVE_INFINITY;
  private raising: Promise<void> | undefined;

  constructor(private readonly options: DurableMarkOptions) {}

  /** Milliseconds since the epoch. */
  get until(): number {
    return this.durableUntil;
  }

  /** Resolves when the mark is durable; throws what the journal throws, or when that does not answer in time. */
  async raiseTo(until: number): Promise<void> {
    this.wantedUntil = Math.max(this.wantedUntil, until);
    while (this.durableUntil < until) {
      // oxlint-disable-next-line no-await-in-loop -- a raise that was under way may not go far enough
      await inTime((this.raising ??= this.raise().finally(() => (this.raising = undefined))), {
        limitMs: this.options.patienceMs,
        late: () => new Error('The replay journal does not answer'),
      });
    }
  }

  private async raise(): Promise<void> {
    const { clock, journal, leadMs } = this.options;
    const until = Math.max(this.wantedUntil, clock.now() + leadMs);
    await journal.raise(until);
    this.durableUntil = Math.max(this.durableUntil, until);
  }
}
