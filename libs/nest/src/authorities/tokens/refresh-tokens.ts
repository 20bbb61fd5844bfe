import { Injectable } from '@nestjs/common';
import { equalText, freshBytes, KeyRing } from '../../crypto/index.js';

/** A refresh token that was made here. */
export interface RefreshToken {
  /** The whole of it, as an app holds it. */
  readonly text: string;
  /** Of the session that it renews, and of its family. */
  readonly sessionId: string;
  /** 32 random bytes in base64url. */
  readonly secret: string;
  /** How many tokens of the family came before it. */
  readonly generation: number;
  /** Keyed: what is kept of it. */
  readonly hash: string;
}

/** Of keyed hashes: a token carries one as its tag, and the other is kept. */
const PURPOSE = 'refresh token';

const SECRET_BYTES = 32;
/** 16 and 32 bytes in the one spelling that base64url has for them. */
const SESSION_ID = '[A-Za-z0-9_-]{21}[AQgw]';
const BYTES_32 = '[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]';
const TOKEN = new RegExp(
  `^((${SESSION_ID})\\.(${BYTES_32})\\.(0|[1-9]\\d{0,8}))\\.([0-9a-f]{8})(${BYTES_32})$`,
);
const IS_SESSION_ID = new RegExp(`^${SESSION_ID}$`);

/**
 * The text of refresh tokens: `<session id>.<secret>.<generation>.<tag>`. Three dots: it is never taken for a session's key or
 * a JWS. Whoever has no key of the ring cannot make the tag, so that a text which was made up is told from one which was
 * a token once, without a look into the database: only the latter ends a session.
 */
@Injectable()
export class RefreshTokens {
  constructor(private readonly keyRing: KeyRing) {}

  /** Throws TypeError for a session id of another form than `newOpaqueKey` makes. */
  mint(sessionId: string, generation: number): RefreshToken {
    if (!IS_SESSION_ID.test(sessionId)) throw new TypeError('refresh tokens: expected the id of a session');
    const secret = freshBytes(SECRET_BYTES).toString('base64url');
    const body = `${sessionId}.${secret}.${generation}`;
    const { keyId, shown, kept } = this.keyRing.keyedHashPair(PURPOSE, body);
    return { text: `${body}.${keyId}${shown}`, sessionId, secret, generation, hash: kept };
  }

  /** Undefined for any text that is no token of this key ring. */
  parse(text: string): RefreshToken | undefined {
    const [, body, sessionId, secret, digits, keyId, tag] = TOKEN.exec(text) ?? [];
    if (body === undefined || sessionId === undefined || secret === undefined || keyId === undefined)
      return undefined;
    const hashes = this.keyRing.keyedHashPairUnder(keyId, PURPOSE, body);
    if (!hashes || !equalText(hashes.shown, tag)) return undefined;
    return { text, sessionId, secret, generation: Number(digits), hash: hashes.kept };
  }
}
