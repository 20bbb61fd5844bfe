import type { AdminKeyStore } from './authorities/admin-keys/index.js';
import type { AppStore } from './authorities/apps/index.js';
import type {
  AuthorizationCodeStore,
  CodeRedemptionStore,
  ConsentStore,
  PushedRequestStore,
} from './authorities/authorizations/index.js';
import type { ResourceServerStore } from './authorities/resources/index.js';
import type { AttemptStore, SessionStore } from './authorities/sessions/index.js';
import type { RefreshFamilyStore, SigningKeyStore } from './authorities/tokens/index.js';
import type { UserStore } from './authorities/users/index.js';
import type { HealthCheck } from './operations/doctor/index.js';
import type { ClaimStore, Clock, ReplayJournal } from './pipeline/index.js';
import type { Announcements, AuditStore, ChangeStore, OneAtATime, Transactions } from './state/index.js';

/** Registry, users and sessions in a database: `typeOrmStores(dataSource)` of `@portcullis/nest/typeorm`. */
export interface DurableStores {
  readonly transactions: Transactions;
  readonly apps: AppStore;
  readonly users: UserStore;
  readonly sessions: SessionStore;
  readonly adminKeys: AdminKeyStore;
  readonly audit: AuditStore;
  readonly changes: ChangeStore;
  readonly refreshFamilies: RefreshFamilyStore;
  readonly signingKeys: SigningKeyStore;
  readonly resources: ResourceServerStore;
  readonly consents: ConsentStore;
  readonly authorizationCodes: AuthorizationCodeStore;
  readonly codeRedemptions: CodeRedemptionStore;
  readonly pushedRequests: PushedRequestStore;
  readonly oneAtATime: OneAtATime;
  /** Used where nothing is `shared`. */
  readonly announcements?: Announcements;
  replayJournal(clock: Clock): ReplayJournal;
  readonly databaseIsOpenTo?: 'this-process' | 'many-processes';
  /** What a doctor looks at. */
  healthChecks?(clock: Clock): readonly HealthCheck[];
}

/** What nodes share for seconds or minutes: `RedisStores.connect(…)` of `@portcullis/nest/redis`. */
export interface SharedStores {
  readonly attempts: AttemptStore;
  readonly announcements: Announcements;
  claims(parts: ClaimStoreParts): ClaimStore;
  /** What a doctor looks at. */
  healthChecks?(clock: Clock): readonly HealthCheck[];
}

export interface ClaimStoreParts {
  readonly clock: Clock;
  readonly journal: ReplayJournal;
  /** How far ahead of a node's time a claim may be issued and still be admitted. */
  readonly maxAheadMs: number;
  /** How far the clocks of nodes may be apart. */
  readonly nodeSkewMs: number;
}
