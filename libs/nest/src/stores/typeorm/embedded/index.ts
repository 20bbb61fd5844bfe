export { DataFolderInUse } from './data-folder-in-use.js';
export { DatabaseBusy } from './database-busy.js';
export { embeddedPostgres, type EmbeddedPostgresOptions } from './embedded-postgres.js';
export { LeaseExpired } from './lease-expired.js';
