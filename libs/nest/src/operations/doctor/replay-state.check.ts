import type { ClaimStore } from '../../pipeline/index.js';
import type { Finding } from './finding.js';
import type { HealthCheck } from './health-check.js';

const NAME = 'replay-state';

export interface ReplayHome {
  readonly claims: ClaimStore;
  /** Whether nodes share it. */
  readonly isShared: boolean;
  /** Undefined where there is no database. */
  readonly databaseIsOpenTo: 'this-process' | 'many-processes' | undefined;
}

/** Where it is remembered what was had once, and whether that can be done now. */
export class ReplayStateCheck implements HealthCheck {
  readonly name = NAME;

  constructor(private readonly home: ReplayHome) {}

  examine(): Finding[] {
    const { claims, isShared, databaseIsOpenTo } = this.home;
    const detail = isShared ? 'in Redis, shared by all nodes' : 'in the memory of this process';
    if (!claims.isUsable())
      return [
        {
          name: NAME,
          status: 'fail',
          detail: `${detail}; it cannot be used now, and what is signed is answered 503`,
          advice:
            'Look at the database and at Redis, and at whether another node keeps its replay state elsewhere: all need the same Redis.',
        },
      ];
    if (isShared || databaseIsOpenTo !== 'many-processes') return [{ name: NAME, status: 'ok', detail }];
    return [
      {
        name: NAME,
        status: 'warn',
        detail: `${detail}, on a database that others can open: a second node will not start`,
        advice: 'Before a second node is started, give all of them the same Redis (in the sample REDIS_URL).',
      },
    ];
  }
}
