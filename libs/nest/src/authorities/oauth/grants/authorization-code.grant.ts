import { Injectable } from '@nestjs/common';
import { Clock } from '../../../pipeline/index.js';
import type { ClientApp } from '../../apps/index.js';
import { Consents, type AuthorizationGrant } from '../../authorizations/index.js';
import { RevokedCredentials } from '../../revocations/index.js';
import { InvalidGrant } from '../../tokens/index.js';
import { findAccount, UserAccounts, type UserAccount } from '../../users/index.js';
import { AuthorizationCodes, type IssuedCode } from '../codes/authorization-codes.js';
import { CodeRedemptions } from '../codes/code-redemptions.js';
import { isCodeVerifier, isVerifierOf } from '../codes/code-verifier.js';
import { CredentialVersions } from '../codes/credential-versions.js';
import type { Exchange } from '../protocol/exchange.js';
import { OAuthError } from '../protocol/oauth-error.js';
import { demandParameter } from '../protocol/parameters.js';
import { OfferedScopes } from '../requests/offered-scopes.js';
import { GrantedSessions } from './granted-sessions.js';
import type { GrantedTokens } from '../protocol/granted-tokens.js';
import type { TokenGrant } from './token-grant.js';

/**
 * `grant_type=authorization_code` (RFC 6749 §4.1.3). Everything that only the rightful app can know is looked at before the
 * code is consumed or anything ended: whoever intercepts a code can neither use it nor kill the login.
 */
@Injectable()
export class AuthorizationCodeGrant implements TokenGrant {
  constructor(
    private readonly codes: AuthorizationCodes,
    private readonly redemptions: CodeRedemptions,
    private readonly accounts: UserAccounts,
    private readonly versions: CredentialVersions,
    private readonly consents: Consents,
    private readonly revoked: RevokedCredentials,
    private readonly offers: OfferedScopes,
    private readonly sessions: GrantedSessions,
    private readonly clock: Clock,
  ) {}

  isOpenTo({ grantTypes }: ClientApp): boolean {
    return grantTypes.includes('authorization_code');
  }

  async exchange(exchange: Exchange): Promise<GrantedTokens> {
    const code = await this.codes.find(demandParameter(exchange.parameters, 'code'));
    const reason = this.refuse(code, exchange);
    if (!code || reason !== undefined) throw new InvalidGrant(reason ?? 'code_unknown');
    const { grant } = code;
    const resource = await this.resourceOf(grant, exchange);
    const user = await this.userOf(code);
    return this.redemptions.redeem(code, (within) =>
      this.sessions.start(exchange, {
        user,
        // What the app and the resource know now; what the user holds now is looked at where the session is made.
        requestedScopes: grant.scopes.filter((scope) => resource.scopes.includes(scope)),
        resource: grant.resource,
        device: grant.device ?? undefined,
        network: grant.address,
        // After the session is there, so that a withdrawal finds it; before the code is consumed.
        within: (session, keep) =>
          within(session, async () => {
            const kept = await keep();
            await this.refuseWithdrawn(grant);
            return kept;
          }),
      }),
    );
  }

  /** Why the code is not this client's to redeem now, if so: for the log alone, in one answer. */
  private refuse(
    code: IssuedCode | undefined,
    { knownClient, parameters, dpop }: Exchange,
  ): string | undefined {
    if (!code) return 'code_unknown';
    const { grant } = code;
    if (this.clock.now() >= code.expiresAt.getTime()) return 'code_expired';
    if (grant.appId !== knownClient.id) return 'code_client_mismatch';
    // RFC 6749 §4.1.3: simple string comparison.
    if (parameters.get('redirect_uri') !== grant.redirectUri) return 'redirect_uri_mismatch';
    const verifier = parameters.get('code_verifier');
    if (verifier === undefined) return 'pkce_missing';
    if (!isCodeVerifier(verifier)) return 'pkce_malformed';
    if (!isVerifierOf(verifier, grant)) return 'pkce_mismatch';
    // RFC 9449 §10
    if (grant.dpopJkt !== null && grant.dpopJkt !== dpop?.thumbprint) return 'dpop_jkt_mismatch';
    return undefined;
  }

  /** RFC 8707 §2.2: no other than was allowed; and one that the app may still ask for. Throws `invalid_target`. */
  private async resourceOf({ resource }: AuthorizationGrant, { knownClient, parameters }: Exchange) {
    const asked = parameters.get('resource');
    const offer = await this.offers.of(knownClient, resource);
    if (asked !== undefined && (await this.offers.of(knownClient, asked)).resource !== resource)
      throw new OAuthError('invalid_target', { reason: 'resource_not_granted' });
    return offer;
  }

  /** A withdrawal at the same moment waits for the transaction, or this waits for the withdrawal. */
  private async refuseWithdrawn({ userId, appId, resource, scopes }: AuthorizationGrant): Promise<void> {
    if (!(await this.consents.covers({ userId, appId, resource, scopes })))
      throw new InvalidGrant('consent_withdrawn');
  }

  /** A new password, a suspension, a removal or a revocation ends what was allowed before it. */
  private async userOf({ grant, issuedAt }: IssuedCode): Promise<UserAccount> {
    const { userId, appId: clientId, credentialVersionHash } = grant;
    if (this.revoked.includes({ userId, clientId, begunAtMs: issuedAt.getTime() }))
      throw new InvalidGrant('code_revoked');
    const user = await findAccount(this.accounts, userId);
    if (!user || !this.versions.isStill(user, credentialVersionHash)) throw new InvalidGrant('user_changed');
    return user;
  }
}
