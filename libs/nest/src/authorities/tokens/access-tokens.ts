import { Injectable } from '@nestjs/common';
import { freshBytes, signJws, type JwsSigningKey } from '../../crypto/index.js';
import { temporarilyUnavailable } from '../../pipeline/index.js';
import { SigningKeyDirectory } from './signing-key-directory.js';
import { SigningKeyVault } from './signing-key-vault.js';
import { SigningKeys } from './signing-keys.js';
import { TokenOptions } from './token.options.js';

/** Whose token it is, and what it is for. */
export interface AccessTokenSubject {
  readonly userId: string;
  readonly appId: string;
  readonly scopes: readonly string[];
  readonly sessionId: string;
  readonly sessionBegunAt: Date;
  /**
   * Milliseconds since the epoch. Taken before what it stands on was looked at: no token outlives what a revocation that came
   * in between remembers.
   */
  readonly issuedAtMs: number;
  /** The resource that was asked for (RFC 8707); the configured one unless it is given. */
  readonly audience?: string | undefined;
}

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

  private signed(subject: AccessTokenSubject, key: JwsSigningKey): IssuedAccessToken {
    const { issuer, audience, accessTokenTtlMs, jitter } = this.options;
    const random = freshBytes(ID_BYTES + CHANCE_BYTES);
    const tokenId = random.toString('base64url', 0, ID_BYTES);
    const chance = random.readUInt32BE(ID_BYTES) / 2 ** 32;
    const iat = Math.floor(subject.issuedAtMs / 1000);
    const exp = iat + Math.ceil((accessTokenTtlMs / 1000) * (1 - jitter * chance));
    const claims = {
      iss: issuer,
      sub: subject.userId,
      aud: subject.audience ?? audience,
      client_id: subject.appId,
      // RFC 6749 §3.3: there is no empty scope.
      ...(subject.scopes.length > 0 && { scope: subject.scopes.join(' ') }),
      iat,
      exp,
      jti: tokenId,
      sid: subject.sessionId,
      // With its fraction (RFC 7519 §2): what began in one second is told apart.
      auth_time: subject.sessionBegunAt.getTime() / 1000,
    };
    const expiresInSeconds = Math.floor(exp - subject.issuedAtMs / 1000);
    return { accessToken: signJws(claims, key), expiresInSeconds, tokenId };
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
