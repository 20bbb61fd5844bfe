/** Something that has to be tidied away from time to time, a little at a time. */
export interface Chore {
  /** For the log. */
  readonly name: string;
  /**
   * Removes rows, 1,000 at the most, as part of the running transaction, and waits for nobody's locks. How many it removed:
   * 0 when nothing is left to do.
   */
  removeSome(): Promise<number>;
}
