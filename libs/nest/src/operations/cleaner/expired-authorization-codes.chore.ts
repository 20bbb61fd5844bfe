import { Injectable } from '@nestjs/common';
import { AuthorizationCodeStore } from '../../authorities/authorizations/index.js';
import { Clock } from '../../pipeline/index.js';
import type { Chore } from './chore.js';

/** Authorization codes that cannot be redeemed any more. */
@Injectable()
export class ExpiredAuthorizationCodesChore implements Chore {
  readonly name = 'authorization codes that have expired';

  constructor(
    private readonly codes: AuthorizationCodeStore,
    private readonly clock: Clock,
  ) {}

  removeSome(): Promise<number> {
    return this.codes.removeExpired(new Date(this.clock.now()));
  }
}
