/** What a key threw, kept apart from what the network throws: it is not asked again, and its caller is told. */
export class DpopKeyFailure extends Error {
  constructor(override readonly cause: unknown) {
    super('the key made no proof');
    this.name = 'DpopKeyFailure';
  }
}
