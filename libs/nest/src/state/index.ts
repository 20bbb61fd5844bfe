export { ActingContext } from './acting-context.js';
export type { Acting, ActingParty } from './acting-party.js';
export { ActingUserInterceptor } from './acting-user.interceptor.js';
export { Announcements, CHANGE_KINDS, type Announced, type Change } from './announcements.js';
export {
  AUDIT_ACTIONS,
  AuditTrail,
  type Act,
  type ActDetails,
  type AuditAction,
  type AuditSubject,
} from './audit-trail.js';
export { AuditStore, type AuditEvent, type AuditQuery, type NewAuditEvent } from './audit.store.js';
export { FreshCache, type FreshCacheOptions } from './fresh-cache.js';
export { StoredAuditTrail } from './stored-audit-trail.js';
export { Transactions } from './transactions.js';
