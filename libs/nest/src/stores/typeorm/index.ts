export {
  DatabaseBusy,
  DataFolderInUse,
  embeddedPostgres,
  LeaseExpired,
  type EmbeddedPostgresOptions,
} from './embedded/index.js';
export { PORTCULLIS_ENTITIES } from './portcullis-entities.js';
export { PORTCULLIS_MIGRATIONS } from './portcullis-migrations.js';
export { PostgresAnnouncements } from './postgres-announcements.js';
export { ReplayJournalInUse } from './replay-journal-in-use.js';
export { TransactionUndone } from './transaction-undone.js';
export { TypeOrmAdminKeyStore } from './typeorm-admin-key.store.js';
export { TypeOrmAppStore } from './typeorm-app.store.js';
export { TypeOrmAuditStore } from './typeorm-audit.store.js';
export { TypeOrmAuthorizationCodeStore } from './typeorm-authorization-code.store.js';
export { TypeOrmChangeStore } from './typeorm-change.store.js';
export { TypeOrmCodeRedemptionStore } from './typeorm-code-redemption.store.js';
export { TypeOrmConsentStore } from './typeorm-consent.store.js';
export { TypeOrmOneAtATime } from './typeorm-one-at-a-time.js';
export { TypeOrmPushedRequestStore } from './typeorm-pushed-request.store.js';
export { TypeOrmRefreshFamilyStore } from './typeorm-refresh-family.store.js';
export { TypeOrmReplayJournal, type TypeOrmReplayJournalOptions } from './typeorm-replay-journal.js';
export { TypeOrmResourceServerStore } from './typeorm-resource-server.store.js';
export { TypeOrmSessionStore } from './typeorm-session.store.js';
export { TypeOrmSigningKeyStore } from './typeorm-signing-key.store.js';
export { typeOrmStores, type TypeOrmStores } from './typeorm-stores.js';
export { TypeOrmTransactions } from './typeorm-transactions.js';
export { TypeOrmUserStore } from './typeorm-user.store.js';
