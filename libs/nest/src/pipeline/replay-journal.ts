import type { Claim } from './security-layer.js';

/** A claim as it is kept: its key, and when it may be forgotten. */
export type KeptClaim = Pick<Claim, 'key' | 'expiresAt'>;

/** What a memory of claims has to know about the one before it. Times in milliseconds since the epoch. */
export type ReplayPast =
  /** There was none: nothing was ever admitted. */
  | { readonly kind: 'none' }
  /** It stopped in order. What was issued up to `forgottenUntil` it had to refuse itself. */
  | { readonly kind: 'parked'; readonly forgottenUntil: number; readonly claims: readonly KeptClaim[] }
  /** It ended without a word. What was issued up to `admittedUntil` it may have admitted; undefined: nobody knows. */
  | { readonly kind: 'lost'; readonly admittedUntil: number | undefined };

/** Who admitted before a shared memory did: nobody ever, the nodes that share it, or a process for itself. */
export type SharedPast = 'nobody' | 'shared' | 'single';

/**
 * The durable half of a memory of claims. A memory first writes down up to when it is about to admit, and only then
 * admits: after a crash what was issued up to that mark is refused, and what came later cannot have been admitted.
 */
export abstract class ReplayJournal {
  /** Begins a life of a memory that belongs to one process. Throws while another process lives on this journal. */
  abstract open(): Promise<ReplayPast>;
  /** Makes durable that what is issued up to then may be admitted from now on. Never sinks. */
  abstract raise(admittedUntil: number): Promise<void>;
  /** Ends the life in order. */
  abstract park(past: Omit<Extract<ReplayPast, { kind: 'parked' }>, 'kind'>): Promise<void>;
  /**
   * For a memory that nodes share: notes that it admits from now on, ends the life of a memory of one process, and says
   * who admitted before.
   */
  abstract share(): Promise<SharedPast>;
  /** Shows that a shared memory is in use, every second. False when a memory of one process has taken over. */
  abstract isStillShared(): Promise<boolean>;
}
