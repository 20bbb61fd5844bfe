import type { Clock } from './clock.js';

/** The server's time as far as it is known: the device's, until the server has said otherwise. */
export class ServerClock {
  private offsetMs = 0;

  constructor(private readonly device: Clock) {}

  nowSeconds(): number {
    return Math.floor((this.device.now() + this.offsetMs) / 1000);
  }

  /** `serverSeconds` since the epoch, from an answer that was authenticated: anything else may be an attacker's. */
  set(serverSeconds: number): void {
    this.offsetMs = serverSeconds * 1000 - this.device.now();
  }
}
