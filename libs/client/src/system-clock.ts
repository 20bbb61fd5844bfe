import { Clock } from './clock.js';

/** The device's own clock, right or wrong. */
export class SystemClock extends Clock {
  override now(): number {
    return Date.now();
  }
}
