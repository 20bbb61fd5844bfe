import { Injectable } from '@nestjs/common';
import { Clock } from '../pipeline/index.js';
import { ActingContext } from './acting-context.js';
import { AuditTrail, type Act } from './audit-trail.js';
import { AuditStore } from './audit.store.js';

/** The trail in the store that takes part in the transaction of the act. */
@Injectable()
export class StoredAuditTrail extends AuditTrail {
  constructor(
    private readonly store: AuditStore,
    private readonly context: ActingContext,
    private readonly clock: Clock,
  ) {
    super();
  }

  override record({ action, subject, details = {}, by }: Act): Promise<void> {
    const { current } = this.context;
    const at = new Date(this.clock.now());
    return this.store.append({ ...current, party: by ?? current.party, at, action, subject, details });
  }
}
