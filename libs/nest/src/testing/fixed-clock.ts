import { Clock } from '../pipeline/index.js';

/** Time that stands still until a test moves it. */
export class FixedClock extends Clock {
  private nowMs: number;

  /** A date, its text (`2026-01-01T12:00:00Z`), or milliseconds since the epoch. Throws a `TypeError` for no such time. */
  constructor(at: Date | string | number) {
    super();
    this.nowMs = millisecondsOf(at);
  }

  override now(): number {
    return this.nowMs;
  }

  set(at: Date | string | number): void {
    this.nowMs = millisecondsOf(at);
  }

  /** Backwards as well. */
  advance(seconds: number): void {
    this.set(this.nowMs + seconds * 1000);
  }
}

function millisecondsOf(at: Date | string | number): number {
  const milliseconds = new Date(at).getTime();
  if (Number.isNaN(milliseconds)) throw new TypeError('expected a time');
  return milliseconds;
}
