import { Injectable } from '@nestjs/common';
import { CodeRedemptionStore } from '../../authorities/authorizations/index.js';
import { Clock } from '../../pipeline/index.js';
import type { Chore } from './chore.js';

/** What codes were redeemed for, once nothing of it can be alive. */
@Injectable()
export class ExpiredCodeRedemptionsChore implements Chore {
  readonly name = 'redemptions of codes that nobody has to know of';

  constructor(
    private readonly redemptions: CodeRedemptionStore,
    private readonly clock: Clock,
  ) {}

  removeSome(): Promise<number> {
    return this.redemptions.removeExpired(new Date(this.clock.now()));
  }
}
