import { AccessTokenVerifier } from '../../layers/user/index.js';

/** Where no issuer of access tokens is configured: none holds. */
export class NoAccessTokens extends AccessTokenVerifier {
  override verify(): undefined {
    return undefined;
  }
}
