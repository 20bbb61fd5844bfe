import type { Claim, InboundRequest } from '../../../pipeline/index.js';

/** An app that an attestation service vouches for, on this request. */
export interface AttestedClient {
  readonly clientId: string;
  /** What of the attestation may be had once. */
  readonly claims: readonly Claim[];
}

/**
 * Attestation-based client authentication (draft-ietf-oauth-attestation-based-client-auth): an app without a secret proves
 * itself by what an attestation service says of its installation. A host that has such a service extends this and hands it
 * over as `clientAttestations`. What it vouches for is authenticated: for a confidential app, in the place of its secret.
 */
export abstract class ClientAttestations {
  /** Undefined where the request carries no attestation. Throws `OAuthError('invalid_client')` for one that does not hold. */
  abstract verify(request: InboundRequest): AttestedClient | undefined | Promise<AttestedClient | undefined>;
}
