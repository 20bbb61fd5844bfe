import { Injectable } from '@nestjs/common';
import { PushedRequestStore } from '../../authorities/authorizations/index.js';
import { Clock } from '../../pipeline/index.js';
import type { Chore } from './chore.js';

/** Authorization requests that were pushed and not used in time. */
@Injectable()
export class ExpiredPushedRequestsChore implements Chore {
  readonly name = 'pushed authorization requests that have expired';

  constructor(
    private readonly requests: PushedRequestStore,
    private readonly clock: Clock,
  ) {}

  removeSome(): Promise<number> {
    return this.requests.removeExpired(new Date(this.clock.now()));
  }
}
