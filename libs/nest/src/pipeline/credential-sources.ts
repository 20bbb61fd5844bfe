import type { CredentialHeaders } from '@portcullis/wire';

/** Which headers carry an integrity token; grows with the issuers that are configured. */
export class CredentialSources implements CredentialHeaders {
  constructor(readonly integrityHeaders: readonly string[] = ['x-integrity-token']) {}
}
