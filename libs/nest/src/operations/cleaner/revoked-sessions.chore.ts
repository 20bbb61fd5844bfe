import { Injectable } from '@nestjs/common';
import { SessionStore } from '../../authorities/sessions/index.js';
import type { Chore } from './chore.js';

/** Sessions that a revocation has ended: the nodes refuse them already, their rows are still there. */
@Injectable()
export class RevokedSessionsChore implements Chore {
  readonly name = 'sessions that were revoked';

  constructor(private readonly sessions: SessionStore) {}

  removeSome(): Promise<number> {
    return this.sessions.removeRevoked();
  }
}
