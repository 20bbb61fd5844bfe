export {
  DatabaseBusy,
  DataFolderInUse,
  embeddedPostgres,
  LeaseExpired,
  type EmbeddedPostgresOptions,
} from './embedded/index.js';
export { PORTCULLIS_ENTITIES } from './portcullis-entities.js';
export { PORTCULLIS_MIGRATIONS } from './portcullis-migrations.js';
export { ReplayJournalInUse } from './replay-journal-in-use.js';
export { TypeOrmAdminKeyStore } from './typeorm-admin-key.store.js';
export { TypeOrmAppStore } from './typeorm-app.store.js';
export { TypeOrmAuditStore } from './typeorm-audit.store.js';
export { TypeOrmReplayJournal, type TypeOrmReplayJournalOptions } from './typeorm-replay-journal.js';
export { TypeOrmSessionStore } from './typeorm-session.store.js';
export { TransactionUndone } from './transaction-undone.js';
export { typeOrmStores, type TypeOrmStores } from './typeorm-stores.js';
export { TypeOrmTransactions } from './typeorm-transactions.js';
export { TypeOrmUserStore } from './typeorm-user.store.js';
