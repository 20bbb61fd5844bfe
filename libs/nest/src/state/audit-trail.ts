import type { ActingParty } from './acting-party.js';

/** Every act that is recorded. */
export const AUDIT_ACTIONS = [
  'app.registered',
  'app.changed',
  'app.removed',
  'app-secret.rotated',
  'app-secret.removed',
  'user.registered',
  'user.changed',
  'user.removed',
  'user-scopes.limited',
  'user-scopes.unlimited',
  'session.started',
  'session.ended',
  'sessions.ended-all',
  'refresh-token.reused',
  'token.revoked',
  'session.revoked',
  'user.revoked',
  'app.revoked',
  'all.revoked',
  'signing-key.published',
  'signing-key.dropped',
  'resource.registered',
  'resource.changed',
  'resource.removed',
  'consent.given',
  'consent.withdrawn',
  'code.reused',
  'admin-key.created',
  'admin-key.revoked',
] as const;

export type AuditAction = (typeof AUDIT_ACTIONS)[number];

export interface AuditSubject {
  readonly kind:
    'app' | 'user' | 'session' | 'admin-key' | 'token' | 'signing-key' | 'resource' | 'everything';
  readonly id: string;
}

/** What changed. A closed list: there is no member that a secret, a password or a hash could be put in. */
export interface ActDetails {
  /** Names of the members that were set. */
  readonly members?: readonly string[];
  readonly scopes?: readonly string[];
  readonly suspended?: boolean;
  readonly clientType?: string;
  /** Of an administration key. */
  readonly name?: string;
  /** ISO 8601. */
  readonly expiresAt?: string;
  readonly appId?: string;
  readonly userId?: string;
  /** Identifier of the resource server that a consent is for. */
  readonly resource?: string;
  readonly purpose?: string;
  readonly secretId?: string;
  /** Secrets that an app was registered with. */
  readonly secrets?: readonly { readonly secretId: string; readonly purpose: string }[];
  readonly overlapSeconds?: number;
  /** Whether the secret was brought along instead of being made here. */
  readonly imported?: boolean;
  /** Of a signing key. */
  readonly algorithm?: string;
  /** ISO 8601. */
  readonly signsFrom?: string;
  /** ISO 8601: what was begun before this moment. */
  readonly before?: string;
  /** How many sessions were ended. */
  readonly sessions?: number;
}

export interface Act {
  readonly action: AuditAction;
  readonly subject: AuditSubject;
  readonly details?: ActDetails;
  /** Where the act itself proves who acts, as a sign-in does; otherwise whoever the running context names. */
  readonly by?: ActingParty;
}

/** Who did what, when and from where. */
export abstract class AuditTrail {
  /**
   * Writes an act down as part of the running transaction: both are kept, or neither is. Call it inside
   * `Transactions.run`, once the act has succeeded. Throws what the store throws, and then the act must not be kept.
   */
  abstract record(act: Act): Promise<void>;
}
