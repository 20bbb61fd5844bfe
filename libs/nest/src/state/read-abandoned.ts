/** The store did not answer in time, or nobody wants to know any more. */
export class ReadAbandoned extends Error {
  override readonly name = 'ReadAbandoned';
  readonly code = 'READ_ABANDONED';

  constructor() {
    super('The change feed does not answer');
  }
}
