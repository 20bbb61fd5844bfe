import type { AppStore } from './authorities/apps/index.js';
import type { AttemptStore, SessionOptionsInput, SessionStore } from './authorities/sessions/index.js';
import type { AccessTokenOptionsInput } from './authorities/tokens/index.js';
import type { PasswordHasherOptions, UserStore } from './authorities/users/index.js';
import type { KeyRing } from './crypto/index.js';
import type { AppIntegrityOptionsInput } from './layers/app-integrity/index.js';
import type { RequestSignatureOptionsInput } from './layers/request-signature/index.js';
import type {
  ClaimStore,
  Clock,
  DecisionLog,
  PipelineOptionsInput,
  ReplayJournal,
} from './pipeline/index.js';
import type { Announcements, Transactions } from './state/index.js';
import type { AppSetting } from './stores/memory/index.js';

/** Registry, users and sessions in a database: `typeOrmStores(dataSource)` of `@portcullis/nest/typeorm`. */
export interface DurableStores {
  readonly transactions: Transactions;
  readonly apps: AppStore;
  readonly users: UserStore;
  readonly sessions: SessionStore;
  replayJournal(clock: Clock): ReplayJournal;
}

/** What nodes share for seconds or minutes: `RedisStores.connect(…)` of `@portcullis/nest/redis`. */
export interface SharedStores {
  readonly attempts: AttemptStore;
  readonly announcements: Announcements;
  claims(parts: ClaimStoreParts): ClaimStore;
}

export interface ClaimStoreParts {
  readonly clock: Clock;
  readonly journal: ReplayJournal;
  /** How far ahead of a node's time a claim may be issued and still be admitted. */
  readonly maxAheadMs: number;
  /** How far the clocks of nodes may be apart. */
  readonly nodeSkewMs: number;
}

interface CommonOptions extends PipelineOptionsInput {
  readonly signature?: RequestSignatureOptionsInput;
  readonly integrity?: AppIntegrityOptionsInput;
  /** User access tokens that somebody else issues. */
  readonly accessTokens?: AccessTokenOptionsInput;
  /** Without it the process remembers for itself, and must be the only one. */
  readonly shared?: SharedStores;
  /** Replaces the system's time, in tests. */
  readonly clock?: Clock;
  /** Replaces where claims are remembered. */
  readonly claims?: ClaimStore;
  /** Replaces where decisions are written. */
  readonly decisions?: DecisionLog;
}

/** Apps are listed in the configuration; users come with access tokens, if at all. */
export interface ListedAppsOptions extends CommonOptions {
  readonly apps: readonly AppSetting[];
  readonly stores?: undefined;
  readonly keyRing?: undefined;
  readonly registry?: undefined;
  readonly sessions?: undefined;
  readonly passwords?: undefined;
}

/** Apps, users and sessions are in a database. */
export interface StoredAppsOptions extends CommonOptions {
  readonly apps?: undefined;
  readonly stores: DurableStores;
  /** Seals and hashes what rests in the database. */
  readonly keyRing: KeyRing;
  readonly registry?: RegistryOptionsInput;
  readonly sessions?: SessionOptionsInput;
  readonly passwords?: PasswordHasherOptions;
}

export interface RegistryOptionsInput {
  /** How old a node's copy of an app or a user may be; a change is announced and takes effect earlier. 60 s. */
  readonly maxAgeSeconds?: number;
  /** How many apps, and how many users, a node keeps copies of. 100,000. */
  readonly capacity?: number;
}

export type PortcullisModuleOptions = ListedAppsOptions | StoredAppsOptions;
