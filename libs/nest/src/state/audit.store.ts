import type { Acting } from './acting-party.js';
import type { ActDetails, AuditAction, AuditSubject } from './audit-trail.js';

export interface NewAuditEvent extends Acting {
  readonly at: Date;
  readonly action: AuditAction;
  readonly subject: AuditSubject;
  readonly details: ActDetails;
}

export interface AuditEvent extends NewAuditEvent {
  /** A whole number in decimal digits: of two events the one that was written later has the greater. */
  readonly id: string;
}

export interface AuditQuery {
  /** Id of the acting party. */
  readonly actor?: string | undefined;
  readonly action?: AuditAction | undefined;
  /** Id of the subject. */
  readonly subject?: string | undefined;
  /** From this moment on. */
  readonly from?: Date | undefined;
  /** Before this moment. */
  readonly to?: Date | undefined;
  /** Only events whose id is smaller: the next page. */
  readonly before?: string | undefined;
  readonly limit: number;
}

/** Audit events: added and read, never changed. Takes part in `Transactions`. */
export abstract class AuditStore {
  abstract append(event: NewAuditEvent): Promise<void>;
  /** Newest first. */
  abstract find(query: AuditQuery): Promise<AuditEvent[]>;
}
