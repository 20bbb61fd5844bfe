import { checkTimes } from '@portcullis/wire';
import { Injectable } from '@nestjs/common';
import { VerifiedTokens, type Claims, type TokenFailure } from '../../crypto/index.js';
import { Clock } from '../../pipeline/index.js';
import { RevokedCredentials } from '../revocations/index.js';
import { isAccessTokenType, isIdentifier, isKeyId } from './read-token-user.js';
import { SigningKeyDirectory } from './signing-key-directory.js';
import { TokenOptions } from './token.options.js';

/** An access token that was issued here, whoever it is for. */
export interface IssuedToken {
  readonly tokenId: string;
  readonly clientId: string;
  /** The client itself, where it speaks for itself. */
  readonly subject: string;
  readonly sessionId: string | undefined;
  readonly audiences: readonly string[];
  readonly scopes: readonly string[];
  readonly claims: Claims;
}

/** Reads tokens that were issued here, of every audience: for whoever asks about a token instead of being let in by it. */
@Injectable()
export class IssuedTokens {
  private readonly tokens = new VerifiedTokens<IssuedToken>((header, claims) =>
    isAccessTokenType(header['typ']) ? this.accept(claims) : { failure: 'not_accepted' },
  );

  constructor(
    private readonly directory: SigningKeyDirectory,
    private readonly revoked: RevokedCredentials,
    private readonly options: TokenOptions,
    private readonly clock: Clock,
  ) {}

  /** Undefined for whatever is no token that holds now. Throws `temporarily_unavailable` when it cannot know. */
  async read(text: string): Promise<IssuedToken | undefined> {
    const token = this.tokens.read(text);
    if (!token || !isKeyId(token.kid)) return undefined;
    const found = this.tokens.verify(token, await this.directory.verifying(token.kid));
    return 'failure' in found || !this.holds(found) ? undefined : found;
  }

  private holds({ claims, tokenId, sessionId, subject: userId, clientId }: IssuedToken): boolean {
    const { skewSeconds } = this.options;
    if (checkTimes(claims, { nowSeconds: this.clock.now() / 1000, skewSeconds }) !== undefined) return false;
    const begunAt = (claims['auth_time'] ?? claims['iat']) as number;
    const begunAtMs = Math.round(begunAt * 1000);
    return !this.revoked.includes({ tokenId, sessionId, userId, clientId, begunAtMs });
  }

  private accept(claims: Claims): IssuedToken | TokenFailure {
    const { iss, sub, aud, client_id: clientId, jti, sid, scope } = claims;
    const audiences = typeof aud === 'string' ? [aud] : aud;
    const isOurs = iss === this.options.issuer && Array.isArray(audiences);
    if (!isOurs || !isIdentifier(sub) || !isIdentifier(clientId) || !isIdentifier(jti))
      return { failure: 'not_accepted' };
    const scopes = typeof scope === 'string' ? scope.split(' ') : [];
    const sessionId = isIdentifier(sid) ? sid : undefined;
    return { tokenId: jti, clientId, subject: sub, sessionId, audiences, scopes, claims };
  }
}
