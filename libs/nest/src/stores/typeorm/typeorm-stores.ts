import type { DataSource } from 'typeorm';
import type { HealthCheck } from '../../operations/doctor/index.js';
import type { Clock } from '../../pipeline/index.js';
import { DatabaseCheck } from './database.check.js';
import { PostgresAnnouncements } from './postgres-announcements.js';
import { TypeOrmAdminKeyStore } from './typeorm-admin-key.store.js';
import { TypeOrmAppStore } from './typeorm-app.store.js';
import { TypeOrmAuditStore } from './typeorm-audit.store.js';
import { TypeOrmAuthorizationCodeStore } from './typeorm-authorization-code.store.js';
import { TypeOrmChangeStore } from './typeorm-change.store.js';
import { TypeOrmCodeRedemptionStore } from './typeorm-code-redemption.store.js';
import { TypeOrmConsentStore } from './typeorm-consent.store.js';
import { TypeOrmOneAtATime } from './typeorm-one-at-a-time.js';
import { TypeOrmPushedRequestStore } from './typeorm-pushed-request.store.js';
import { TypeOrmRefreshFamilyStore } from './typeorm-refresh-family.store.js';
import { TypeOrmReplayJournal, type TypeOrmReplayJournalOptions } from './typeorm-replay-journal.js';
import { TypeOrmResourceServerStore } from './typeorm-resource-server.store.js';
import { TypeOrmSessionStore } from './typeorm-session.store.js';
import { TypeOrmSigningKeyStore } from './typeorm-signing-key.store.js';
import { TypeOrmTransactions } from './typeorm-transactions.js';
import { TypeOrmUserStore } from './typeorm-user.store.js';

export interface TypeOrmStores {
  readonly transactions: TypeOrmTransactions;
  readonly apps: TypeOrmAppStore;
  readonly users: TypeOrmUserStore;
  readonly sessions: TypeOrmSessionStore;
  readonly adminKeys: TypeOrmAdminKeyStore;
  readonly audit: TypeOrmAuditStore;
  readonly changes: TypeOrmChangeStore;
  readonly refreshFamilies: TypeOrmRefreshFamilyStore;
  readonly signingKeys: TypeOrmSigningKeyStore;
  readonly resources: TypeOrmResourceServerStore;
  readonly consents: TypeOrmConsentStore;
  readonly authorizationCodes: TypeOrmAuthorizationCodeStore;
  readonly codeRedemptions: TypeOrmCodeRedemptionStore;
  readonly pushedRequests: TypeOrmPushedRequestStore;
  readonly oneAtATime: TypeOrmOneAtATime;
  /** By the database itself, where it is open to many processes. They begin with the first listener. */
  readonly announcements?: PostgresAnnouncements;
  /** The durable half of a memory of claims. Takes no part in `transactions`. */
  replayJournal(clock: Clock): TypeOrmReplayJournal;
  readonly databaseIsOpenTo: TypeOrmReplayJournalOptions['databaseIsOpenTo'];
  /** What a doctor looks at. */
  healthChecks(clock: Clock): readonly HealthCheck[];
}

/**
 * The durable stores on one data source of type `postgres`, a server's or the embedded one's. They ask only once it is
 * initialised and `PORTCULLIS_MIGRATIONS` have run.
 */
export function typeOrmStores(
  dataSource: DataSource,
  {
    databaseIsOpenTo = 'many-processes',
  }: Partial<Pick<TypeOrmReplayJournalOptions, 'databaseIsOpenTo'>> = {},
): TypeOrmStores {
  const transactions = new TypeOrmTransactions(dataSource);
  return {
    transactions,
    apps: new TypeOrmAppStore(transactions),
    users: new TypeOrmUserStore(transactions),
    sessions: new TypeOrmSessionStore(transactions),
    adminKeys: new TypeOrmAdminKeyStore(transactions),
    audit: new TypeOrmAuditStore(transactions),
    changes: new TypeOrmChangeStore(transactions),
    refreshFamilies: new TypeOrmRefreshFamilyStore(transactions),
    signingKeys: new TypeOrmSigningKeyStore(transactions),
    resources: new TypeOrmResourceServerStore(transactions),
    consents: new TypeOrmConsentStore(transactions),
    authorizationCodes: new TypeOrmAuthorizationCodeStore(transactions),
    codeRedemptions: new TypeOrmCodeRedemptionStore(transactions),
    pushedRequests: new TypeOrmPushedRequestStore(transactions),
    oneAtATime: new TypeOrmOneAtATime(transactions),
    ...(databaseIsOpenTo === 'many-processes' && { announcements: new PostgresAnnouncements(dataSource) }),
    replayJournal: (clock) => new TypeOrmReplayJournal(dataSource, { databaseIsOpenTo, clock }),
    databaseIsOpenTo,
    healthChecks: (clock) => [new DatabaseCheck(dataSource, clock)],
  };
}
