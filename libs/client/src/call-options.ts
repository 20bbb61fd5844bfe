/** Which credentials a call carries; those that the client has, unless told otherwise. */
export interface CallOptions {
  /** The app's signature, for routes that demand one. Without it, the app is named by its key. */
  readonly signature?: boolean;
  /** An app integrity token; `'fresh'`: one that no other call carries, for routes where it is worth one call. */
  readonly integrity?: boolean | 'fresh';
  /** The user's session. A header `Authorization` of the call's own takes its place. */
  readonly user?: boolean;
  /**
   * With Hawk, whether the answer to a signed call must be authentic. `false` for one that is streamed or too large to be
   * held in memory, and for routes that demand no signature: they sign no answer.
   */
  readonly verifyAnswer?: boolean;
}
