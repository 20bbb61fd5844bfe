import { decodeBase64Url } from '@portcullis/wire';
import { freshBytes, SealBroken, type KeyRing } from '../../../crypto/index.js';
import { claimKey, type ClaimStore, type Clock } from '../../../pipeline/index.js';
import type { AuthorizationGrant } from '../../authorizations/index.js';
import type { TokenOptions } from '../../tokens/index.js';
import type { OAuthOptions } from '../oauth.options.js';
import { AuthorizationCodes, type IssuedCode } from './authorization-codes.js';
import { packCode, unpackCode } from './packed-code.js';

const ID_BYTES = 16;
const PURPOSE = 'authorization code';
/** Longer than any that is made of parameters of the lengths that are accepted. */
const LONGEST = 8192;

export interface SealedAuthorizationCodesParts {
  readonly claims: ClaimStore;
  readonly keyRing: KeyRing;
  readonly options: OAuthOptions;
  readonly tokens: TokenOptions;
  readonly clock: Clock;
}

/**
 * Codes that carry what they stand for, their challenge included, encrypted: nothing is kept of them until they are consumed,
 * as a nonce is.
 */
export class SealedAuthorizationCodes extends AuthorizationCodes {
  constructor(private readonly parts: SealedAuthorizationCodesParts) {
    super();
  }

  override async issue(grant: AuthorizationGrant): Promise<string> {
    const { clock, keyRing, options } = this.parts;
    const id = freshBytes(ID_BYTES).toString('base64url');
    const nowMs = clock.now();
    const life = { issuedAt: new Date(nowMs), expiresAt: new Date(nowMs + options.codeTtlMs) };
    return keyRing.seal(packCode({ id, grant, ...life }), PURPOSE).toString('base64url');
  }

  override async find(code: string): Promise<IssuedCode | undefined> {
    const sealed = code.length > LONGEST ? undefined : decodeBase64Url(code);
    if (!sealed) return undefined;
    try {
      return unpackCode(this.parts.keyRing.open(sealed, PURPOSE));
    } catch (error) {
      if (error instanceof SealBroken) return undefined;
      throw error;
    }
  }

  override async consume({ id, issuedAt, expiresAt }: IssuedCode): Promise<boolean> {
    const { claims, tokens } = this.parts;
    const committed = await claims.commit([
      {
        key: claimKey(PURPOSE, id),
        issuedAt: issuedAt.getTime(),
        // Another node's clock may be behind, and take the code for alive that much longer.
        expiresAt: expiresAt.getTime() + tokens.skewSeconds * 1000,
        onUsed: 'malformed_credentials',
        onForgotten: 'malformed_credentials',
      },
    ]);
    return committed.outcome === 'committed';
  }
}
