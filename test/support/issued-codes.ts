import { randomBytes } from 'node:crypto';
import { Consents, UserAccounts } from '@portcullis/nest';
import type { AuthorizationGrant } from '../../libs/nest/src/authorities/authorizations/index.js';
import { AuthorizationCodes } from '../../libs/nest/src/authorities/oauth/codes/authorization-codes.js';
import { codeChallengeOf } from '../../libs/nest/src/authorities/oauth/codes/code-verifier.js';
import { CredentialVersions } from '../../libs/nest/src/authorities/oauth/codes/credential-versions.js';
import type { UserAccount } from '../../libs/nest/src/authorities/users/index.js';
import { noteSecret } from './log-book.js';
import { SCOPES, type OAuthHost } from './oauth-host.js';

export const REDIRECT_URI = 'com.example.bank:/callback';

export type Form = Record<string, string>;

export interface HeldCode {
  readonly code: string;
  /** What the app redeems it with, but for its authentication. */
  readonly form: Form;
}

/** A grant of the host's user, which the verifier answers. */
export async function aGrant(
  host: OAuthHost,
  verifier: string,
  given: Partial<AuthorizationGrant> & Pick<AuthorizationGrant, 'appId'>,
): Promise<AuthorizationGrant> {
  const user = (await host.get(UserAccounts).find(host.userId)) as UserAccount;
  return {
    redirectUri: REDIRECT_URI,
    codeChallenge: codeChallengeOf(verifier),
    codeChallengeMethod: 'S256',
    userId: user.id,
    credentialVersionHash: host.get(CredentialVersions).hashOf(user),
    scopes: SCOPES,
    resource: null,
    dpopJkt: null,
    device: 'Firefox on Debian',
    address: '203.0.113.0/24',
    ...given,
  };
}

/** A code as the app of a user holds it who has allowed it, without the pages that come before. */
export async function issueCode(
  host: OAuthHost,
  given: Partial<AuthorizationGrant> & Pick<AuthorizationGrant, 'appId'>,
): Promise<HeldCode> {
  const verifier = noteSecret(randomBytes(32).toString('base64url'));
  const grant = await aGrant(host, verifier, given);
  const { userId, appId, resource, scopes } = grant;
  await host.get(Consents).give({ userId, appId, resource, scopes });
  const code = noteSecret(await host.get(AuthorizationCodes).issue(grant));
  const redirect_uri = grant.redirectUri;
  return { code, form: { grant_type: 'authorization_code', code, redirect_uri, code_verifier: verifier } };
}
