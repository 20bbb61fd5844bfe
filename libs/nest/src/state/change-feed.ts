import type { Announced, Change } from './change.js';

/** Tells every node what changed, for certain: what is recorded is durable, and a node that cannot hear knows that it cannot. */
export abstract class ChangeFeed {
  /**
   * Records changes with the running transaction, or alone where none is running; call it inside `Transactions.run`. This
   * node's listeners have been told when `run` resolves; the others' are told within milliseconds, and in any case when
   * they read the feed next. Throws what the store throws, and then nothing of the transaction is kept.
   */
  abstract record(changes: readonly Change[]): Promise<void>;
  /** The listener must not throw. It may be told one thing twice. */
  abstract listen(listener: (announced: Announced) => void): void;
}
