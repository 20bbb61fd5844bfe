import { audienceIncludes } from '@portcullis/wire';
import {
  VerifiedTokens,
  type Claims,
  type JoseHeader,
  type JwsKey,
  type ReadToken,
  type TokenFailure,
} from '../../crypto/index.js';
import { AccessTokenVerifier, type UserCredential } from '../../layers/user/index.js';
import type { Clock } from '../../pipeline/index.js';
import { holdsNow, type AcceptedToken, type RevocationList } from './accepted-token.js';
import type { AccessTokenOptions } from './access-token.options.js';
import { isAccessTokenType, livesAtMost, readTokenUser } from './read-token-user.js';

/** Access tokens of one issuer (RFC 9068 §4), verified with the keys that were configured for it, or that it publishes. */
export class ConfiguredAccessTokenVerifier extends AccessTokenVerifier {
  private readonly tokens: VerifiedTokens<AcceptedToken>;

  constructor(
    private readonly clock: Clock,
    private readonly options: AccessTokenOptions,
    private readonly revoked: RevocationList,
  ) {
    super();
    this.tokens = new VerifiedTokens((header, claims) => this.accept(header, claims));
  }

  /** A promise only where keys have to be fetched. Throws `temporarily_unavailable` when they cannot be had. */
  override verify(text: string): UserCredential | undefined | Promise<UserCredential | undefined> {
    const token = this.tokens.read(text);
    if (!token) return undefined;
    const keys = this.keysFor(token);
    return keys instanceof Promise ? keys.then((read) => this.judge(token, read)) : this.judge(token, keys);
  }

  private keysFor({ kid }: ReadToken<AcceptedToken>): readonly JwsKey[] | Promise<readonly JwsKey[]> {
    const { keys, keySet } = this.options;
    if (!keySet) return keys;
    return kid === undefined || typeof kid === 'string' ? keySet.keysFor(kid) : [];
  }

  private judge(token: ReadToken<AcceptedToken>, keys: readonly JwsKey[]): UserCredential | undefined {
    const accepted = this.tokens.verify(token, keys);
    if ('failure' in accepted) return undefined;
    const { skewSeconds } = this.options;
    return holdsNow(accepted, this.revoked, { nowSeconds: this.clock.now() / 1000, skewSeconds });
  }

  private accept({ typ }: JoseHeader, claims: Claims): AcceptedToken | TokenFailure {
    const user = isAccessTokenType(typ) && this.isMeantForUs(claims) ? readTokenUser(claims) : undefined;
    if (!user) return { failure: 'not_accepted' };
    const { exp, nbf, iat } = claims;
    // Its session is the issuer's: nothing here knows more of its beginning than when the token was issued.
    const begunAtMs = (iat as number) * 1000;
    const { id: tokenId, userId, clientId } = user;
    const issued = { tokenId, userId, clientId, begunAtMs };
    return { credential: Object.freeze(user), times: { exp, nbf, iat }, issued };
  }

  private isMeantForUs(claims: Claims): boolean {
    const { issuer, audiences, longestLifeSeconds } = this.options;
    return (
      claims['iss'] === issuer &&
      audienceIncludes(claims['aud'], audiences) &&
      livesAtMost(claims, longestLifeSeconds)
    );
  }
}
