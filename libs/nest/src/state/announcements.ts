export const CHANGE_KINDS = ['app', 'user', 'session', 'admin-key'] as const;

/** Something of which nodes remember a copy. */
export interface Change {
  readonly kind: (typeof CHANGE_KINDS)[number];
  readonly id: string;
}

/** `everything`: word from the other nodes was lost for a while, and nobody knows of what. */
export type Announced = Change | 'everything';

/**
 * Tells every node what changed, so that it drops the copy it remembers. It makes changes take effect at once; what
 * makes them certain is the bounded age of every copy.
 */
export abstract class Announcements {
  /**
   * This node's listeners have been told when it returns; the others' are told as soon as the message reaches them.
   * Never throws: who does not hear reads again in time.
   */
  abstract announce(change: Change): Promise<void>;
  abstract listen(listener: (announced: Announced) => void): void;
}
