export interface IssuedIntegrityToken {
  readonly token: string;
  /** From now on. The client asks for the next one a little before. */
  readonly expiresInSeconds: number;
}

/** Where app integrity tokens come from: your attestation service, or the SDK of somebody else's. */
export abstract class IntegrityTokenSource {
  /**
   * A token that was not handed out before. `authorization` is the whole value that the request carries, for a token that
   * is bound to it (`pay`). What this throws, the caller of `fetch` gets.
   */
  abstract issue(binding: { readonly authorization: string | undefined }): Promise<IssuedIntegrityToken>;
}
