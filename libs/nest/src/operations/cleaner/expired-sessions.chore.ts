import { Injectable } from '@nestjs/common';
import { SessionOptions, SessionStore } from '../../authorities/sessions/index.js';
import { Clock } from '../../pipeline/index.js';
import type { Chore } from './chore.js';

/**
 * As long after its end a session stays: another node may still have to write down that it was used, and does so within a
 * minute (`lastUseFlushSeconds`) unless the database was away.
 */
const STAYS_MS = 600_000;

/** Sessions that are over, with their refresh tokens. */
@Injectable()
export class ExpiredSessionsChore implements Chore {
  readonly name = 'sessions that are over';

  constructor(
    private readonly sessions: SessionStore,
    private readonly options: SessionOptions,
    private readonly clock: Clock,
  ) {}

  removeSome(): Promise<number> {
    const then = this.clock.now() - STAYS_MS;
    return this.sessions.removeOver({
      now: new Date(then),
      usedSince: new Date(then - this.options.idleTtlMs),
    });
  }
}
