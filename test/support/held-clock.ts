import { Clock } from '../../libs/nest/src/pipeline/index.js';

/** Moves only when it is told to. */
export class HeldClock extends Clock {
  private ms = Date.now();

  override now(): number {
    return this.ms;
  }

  advance(seconds: number): void {
    this.ms += seconds * 1000;
  }
}
