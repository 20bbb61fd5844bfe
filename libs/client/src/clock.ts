/** The only source of time in the client. */
export abstract class Clock {
  /** Milliseconds since the Unix epoch. */
  abstract now(): number;
}
