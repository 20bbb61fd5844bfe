import { Injectable } from '@nestjs/common';
import { freshBytes, signJwsInRow, type JwsSigningKey } from '../../crypto/index.js';
import { temporarilyUnavailable } from '../../pipeline/index.js';
import { SigningKeyDirectory } from './signing-key-directory.js';
import { SigningKeyVault } from './signing-key-vault.js';
import { SigningKeys } from './signing-keys.js';
import { TokenOptions } from './token.options.js';

interface TokenSubject {
  readonly appId: string;
  readonly scopes: readonly string[];
  /**
   * Milliseconds since the epoch. Taken before what it stands on was looked at: no token outlives what a revocation that came
   * in between remembers.
   */
  readonly issuedAtMs: number;
  /** The resource that was asked for (RFC 8707); the configured one unless it is given. */
  readonly audience?: string | undefined;
  /** Thumbprint (RFC 7638) of the key that the token is bound to (RFC 9449 §6.1); none for a bearer token. */
  readonly boundKey?: string | null | undefined;
}

/** An app that speaks for a user, in a session. */
export interface UserTokenSubject extends TokenSubject {
  readonly userId: string;
  readonly sessionId: string;
  readonly sessionBegunAt: Date;
}

/** An app that speaks for itself (RFC 6749 §4.4): no user, no session, and no sign-in. */
interface ClientTokenSubject extends TokenSubject {
  readonly userId?: undefined;
}

/** Whose token it is, and what it is for. */
export type AccessTokenSubject = UserTokenSubject | ClientTokenSubject;

export interface IssuedAccessToken {
  readonly accessToken: string;
  /** From `issuedAtMs`. */
  readonly expiresInSeconds: number;
  /** Its `jti`. */
  readonly tokenId: string;
}

const ID_BYTES = 16;
const CHANCE_BYTES = 4;

/** Signs access tokens (RFC 9068 §2). From memory: the database is asked for keys that this node has not seen. */
@Injectable()
export class AccessTokens {
  constructor(
    private readonly directory: SigningKeyDirectory,
    private readonly keys: SigningKeys,
    private readonly vault: SigningKeyVault,
    private readonly options: TokenOptions,
  ) {}

  /**
   * Call it outside of a transaction: what is signed with may have to be read, or made, first. Throws
   * `temporarily_unavailable` when there is no key to be had.
   */
  async issue(subject: AccessTokenSubject): Promise<IssuedAccessToken> {
    const known = this.directory.signing();
    const key = known instanceof Promise ? await known : known;
    return this.signed(subject, key ?? (await this.firstKey()));
  }

  private async signed(subject: AccessTokenSubject, key: JwsSigningKey): Promise<IssuedAccessToken> {
    const { issuer, audience, accessTokenTtlMs, jitter } = this.options;
    const random = freshBytes(ID_BYTES + CHANCE_BYTES);
    const tokenId = random.toString('base64url', 0, ID_BYTES);
    const chance = random.readUInt32BE(ID_BYTES) / 2 ** 32;
    const iat = Math.floor(subject.issuedAtMs / 1000);
    const exp = iat + Math.ceil((accessTokenTtlMs / 1000) * (1 - jitter * chance));
    const session = subject.userId === undefined ? undefined : subject;
    // JSON has no undefined: what is, is no claim.
    const claims = {
      iss: issuer,
      // RFC 9068 §2.2: where no user is involved, the app.
      sub: subject.userId ?? subject.appId,
      aud: subject.audience ?? audience,
      client_id: subject.appId,
      // RFC 6749 §3.3: there is no empty scope.
      scope: subject.scopes.length > 0 ? subject.scopes.join(' ') : undefined,
      iat,
      exp,
      jti: tokenId,
      cnf: typeof subject.boundKey === 'string' ? { jkt: subject.boundKey } : undefined,
      sid: session?.sessionId,
      // With its fraction (RFC 7519 §2): what began in one second is told apart.
      auth_time: session && session.sessionBegunAt.getTime() / 1000,
    };
    const expiresInSeconds = Math.floor(exp - subject.issuedAtMs / 1000);
    return { accessToken: await signJwsInRow(claims, key), expiresInSeconds, tokenId };
  }

  private async firstKey(): Promise<JwsSigningKey> {
    const record = await this.keys.makeFirst();
    try {
      // Not from the directory: it hears of the key once that is committed.
      return this.vault.open(record).signing;
    } catch {
      throw temporarilyUnavailable('signing_key_does_not_open');
    }
  }
}
