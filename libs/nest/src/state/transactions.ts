/** The unit of work of the stores. */
export abstract class Transactions {
  /**
   * Everything that stores write inside is kept together or not at all, and is durable when this resolves. A call
   * inside a running transaction joins it. Throws what the work throws, after undoing it.
   */
  abstract run<T>(work: () => Promise<T>): Promise<T>;
  /**
   * Does something that others may see only once it is true: after the commit of the running transaction, and never
   * when it is undone; at once where none is running. `run` resolves when it is done.
   */
  abstract afterCommit(work: () => Promise<void>): Promise<void>;
}
