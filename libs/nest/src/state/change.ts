/** Things of which nodes keep copies. */
export const COPIED_KINDS = ['app', 'user', 'admin-key', 'signing-key', 'resource'] as const;
/** Credentials that hold no more: one token by its `jti`, one session, or all that were begun before a moment. */
export const REVOKED_KINDS = [
  'revoked-token',
  'revoked-session',
  'revoked-user',
  'revoked-app',
  'revoked-all',
] as const;
export const CHANGE_KINDS = [...COPIED_KINDS, ...REVOKED_KINDS] as const;

export type ChangeKind = (typeof CHANGE_KINDS)[number];

/** Something that every node has to know of: a copy is out of date, or a credential holds no more. */
export interface Change {
  readonly kind: ChangeKind;
  /** Of the thing; of a token its `jti`; `*` for `revoked-all`. */
  readonly id: string;
  /** `revoked-user`, `revoked-app`, `revoked-all`: sessions that were begun before this moment. */
  readonly before?: Date | undefined;
  /**
   * When nothing that it revokes can be alive any more: until then every node remembers it. Of a copy that is out of
   * date: when no node can have a copy that is so old.
   */
  readonly expiresAt: Date;
}

export interface RecordedChange extends Change {
  /** Of two changes, the one that was committed later has the greater. */
  readonly sequence: number;
  readonly recordedAt: Date;
}

/** `everything`: this node heard nothing for so long that no copy can be trusted. */
export type Announced = Change | 'everything';
