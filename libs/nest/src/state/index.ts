export { afterReading } from './after-reading.js';
export { inTime } from './in-time.js';
export { ActingContext } from './acting-context.js';
export { THE_HOST, type Acting, type ActingParty } from './acting-party.js';
export { ActingUserInterceptor } from './acting-user.interceptor.js';
export { Announcements } from './announcements.js';
export {
  AUDIT_ACTIONS,
  AuditTrail,
  type Act,
  type ActDetails,
  type AuditAction,
  type AuditSubject,
} from './audit-trail.js';
export { AuditStore, type AuditEvent, type AuditQuery, type NewAuditEvent } from './audit.store.js';
export { ChangeFeed } from './change-feed.js';
export { ChangeStore } from './change.store.js';
export {
  CHANGE_KINDS,
  REVOKED_KINDS,
  type Announced,
  type Change,
  type ChangeKind,
  type RecordedChange,
} from './change.js';
export { copyChange } from './copy-change.js';
export { FreshCache } from './fresh-cache.js';
export { OneAtATime } from './one-at-a-time.js';
export { NoChanges } from './no-changes.js';
export { StoredAuditTrail } from './stored-audit-trail.js';
export { StoredChangeFeed, type StoredChangeFeedParts } from './stored-change-feed.js';
export { Transactions } from './transactions.js';
