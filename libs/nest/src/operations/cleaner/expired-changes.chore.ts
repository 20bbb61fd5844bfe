import { Injectable } from '@nestjs/common';
import { Clock } from '../../pipeline/index.js';
import { ChangeStore } from '../../state/index.js';
import type { Chore } from './chore.js';

/** Changes that no node has to hear of any more, and revocations of what has expired by itself. */
@Injectable()
export class ExpiredChangesChore implements Chore {
  readonly name = 'changes that have expired';

  constructor(
    private readonly changes: ChangeStore,
    private readonly clock: Clock,
  ) {}

  removeSome(): Promise<number> {
    return this.changes.removeExpired(new Date(this.clock.now()));
  }
}
