/** The unit of work of the stores. */
export abstract class Transactions {
  /**
   * Everything that stores write inside is kept together or not at all, and is durable when this resolves. A call
   * inside a running transaction joins it. Throws what the work throws, after undoing it.
   */
  abstract run<T>(work: () => Promise<T>): Promise<T>;
  /**
   * Does something as the last part of the running transaction, after its work and right before it is kept; in order, where
   * there are several. What it throws undoes the transaction. In a transaction of its own where none is running.
   */
  abstract beforeCommit(work: () => Promise<void>): Promise<void>;
  /**
   * Does something that others may see only once it is true: after the commit of the running transaction, and never
   * when it is undone; at once where none is running. `run` resolves when it is done.
   */
  abstract afterCommit(work: () => Promise<void>): Promise<void>;
}
