/** Work that of all nodes only one does at a time, and that no node waits for. */
export abstract class OneAtATime {
  /**
   * Does the work in a transaction of its own, and holds the name until it is over; a process that dies lets go of it.
   * False, and nothing done, when somebody else is at work under the name. Throws what the work throws, after undoing it.
   */
  abstract run(name: string, work: () => Promise<void>): Promise<boolean>;
}
