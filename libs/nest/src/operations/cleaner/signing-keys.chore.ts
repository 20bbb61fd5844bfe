import { Injectable } from '@nestjs/common';
import { SigningKeys } from '../../authorities/tokens/index.js';
import { Clock } from '../../pipeline/index.js';
import type { Chore } from './chore.js';

/** Keys that nothing is left of which they signed; and the next one, when it is due. */
@Injectable()
export class SigningKeysChore implements Chore {
  readonly name = 'signing keys that are retired';

  constructor(
    private readonly keys: SigningKeys,
    private readonly clock: Clock,
  ) {}

  async removeSome(): Promise<number> {
    const now = new Date(this.clock.now());
    await this.keys.rotateIfDue(now);
    return this.keys.removeRetired(now);
  }
}
