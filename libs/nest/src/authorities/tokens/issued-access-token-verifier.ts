import { audienceIncludes, parseJwtClaims } from '@portcullis/wire';
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
import { isAccessTokenType, isIdentifier, isKeyId, livesAtMost, readTokenUser } from './read-token-user.js';
import type { SigningKeyDirectory } from './signing-key-directory.js';
import type { TokenOptions } from './token.options.js';

/** The last moment that a `Date` can be, in seconds. */
const LATEST_SECONDS = 8_640_000_000_000;

export interface IssuedAccessTokenVerifierParts {
  readonly directory: SigningKeyDirectory;
  readonly revoked: RevocationList;
  readonly options: TokenOptions;
  readonly clock: Clock;
}

/** Access tokens that were issued here (RFC 9068 §4), verified with the ring of signing keys. */
export class IssuedAccessTokenVerifier extends AccessTokenVerifier {
  private readonly tokens: VerifiedTokens<AcceptedToken>;

  constructor(private readonly parts: IssuedAccessTokenVerifierParts) {
    super();
    this.tokens = new VerifiedTokens((header, claims) => this.accept(header, claims));
  }

  /** A promise for a key that this node does not know yet. Throws `temporarily_unavailable` when it cannot look. */
  override verify(text: string): UserCredential | undefined | Promise<UserCredential | undefined> {
    const token = this.tokens.read(text);
    if (!token) return undefined;
    const { kid } = token;
    if (!isKeyId(kid)) return undefined;
    const { directory } = this.parts;
    if (!directory.knows(kid) && !this.saysItIsOurs(token)) return undefined;
    const keys = directory.verifying(kid);
    return keys instanceof Promise ? keys.then((read) => this.judge(token, read)) : this.judge(token, keys);
  }

  private judge(token: ReadToken<AcceptedToken>, keys: readonly JwsKey[]): UserCredential | undefined {
    const accepted = this.tokens.verify(token, keys);
    if ('failure' in accepted) return undefined;
    const { clock, options, revoked } = this.parts;
    const { skewSeconds } = options;
    return holdsNow(accepted, revoked, { nowSeconds: clock.now() / 1000, skewSeconds });
  }

  /** Nobody looks for a key on behalf of a token that would be refused with any. */
  private saysItIsOurs({ jws }: ReadToken<AcceptedToken>): boolean {
    const claims = jws && isAccessTokenType(jws.header['typ']) ? parseJwtClaims(jws.payload) : undefined;
    return claims !== undefined && this.isMeantForUs(claims);
  }

  private accept({ typ }: JoseHeader, claims: Claims): AcceptedToken | TokenFailure {
    const { exp, nbf, iat, sid: sessionId, auth_time: authTime } = claims;
    const user = isAccessTokenType(typ) && this.isMeantForUs(claims) ? readTokenUser(claims) : undefined;
    if (!user || !isIdentifier(sessionId) || !isTime(authTime)) return { failure: 'not_accepted' };
    const { id: tokenId, userId, clientId } = user;
    const begunAtMs = Math.round(authTime * 1000);
    return {
      credential: Object.freeze({ ...user, sessionId }),
      times: { exp, nbf, iat },
      issued: { tokenId, sessionId, userId, clientId, begunAtMs },
    };
  }

  private isMeantForUs(claims: Claims): boolean {
    const { issuer, audience, accessTokenTtlMs } = this.parts.options;
    return (
      claims['iss'] === issuer &&
      audienceIncludes(claims['aud'], [audience]) &&
      livesAtMost(claims, accessTokenTtlMs / 1000)
    );
  }
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && value > 0 && value <= LATEST_SECONDS;
}
