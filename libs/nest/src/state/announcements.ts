/**
 * A word to the other nodes that there is something to read. It carries nothing: whoever can speak here can make nodes
 * read, and make them believe nothing. It makes changes known at once; what makes them certain is that nodes read anyway.
 */
export abstract class Announcements {
  /** Never throws: who does not hear reads in time. */
  abstract announce(): Promise<void>;
  /**
   * The listener is called for every word of a node, this one included, and when words may have been lost. It must not
   * throw.
   */
  abstract listen(listener: () => void): void;
  /** Whether the words of other nodes come in now, as far as is known. */
  abstract isHeard(): boolean;
}
