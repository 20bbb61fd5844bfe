import { freshBytes, type KeyRing } from '../../../crypto/index.js';
import type { Clock } from '../../../pipeline/index.js';
import type { AuthorizationCodeStore, AuthorizationGrant } from '../../authorizations/index.js';
import type { OAuthOptions } from '../oauth.options.js';
import { OAuthError } from '../protocol/oauth-error.js';
import { AuthorizationCodes, type IssuedCode } from './authorization-codes.js';

const CODE_BYTES = 32;
/** In the one spelling that base64url has for it. */
const CODE = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/;
const PURPOSE = 'authorization code';

/** Codes that are kept in rows, as keyed hashes; their text says nothing. */
export class StoredAuthorizationCodes extends AuthorizationCodes {
  constructor(
    private readonly store: AuthorizationCodeStore,
    private readonly keyRing: KeyRing,
    private readonly options: OAuthOptions,
    private readonly clock: Clock,
  ) {
    super();
  }

  override async issue(grant: AuthorizationGrant): Promise<string> {
    const code = freshBytes(CODE_BYTES).toString('base64url');
    const hash = this.keyRing.keyedHash(PURPOSE, code);
    const nowMs = this.clock.now();
    const life = { issuedAt: new Date(nowMs), expiresAt: new Date(nowMs + this.options.codeTtlMs) };
    if (!(await this.store.insert({ hash, grant, ...life })))
      throw new OAuthError('unauthorized_client', { reason: 'app_removed' });
    return code;
  }

  override async find(code: string): Promise<IssuedCode | undefined> {
    if (!CODE.test(code)) return undefined;
    const found = await this.store.find(this.keyRing.keyedHashes(PURPOSE, code));
    if (!found) return undefined;
    const { hash, ...issued } = found;
    return { id: hash, ...issued };
  }

  override consume({ id }: IssuedCode): Promise<boolean> {
    return this.store.consume(id);
  }
}
