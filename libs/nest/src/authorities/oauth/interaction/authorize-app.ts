import { Injectable } from '@nestjs/common';
import { deviceOf, networkOf, Sessions } from '../../sessions/index.js';
import { TokenOptions } from '../../tokens/index.js';
import type { UserAccount } from '../../users/index.js';
import { redirectAnswer } from '../answers/redirect-answer.js';
import { AuthorizationCodes } from '../codes/authorization-codes.js';
import { CredentialVersions } from '../codes/credential-versions.js';
import type { ExchangeAnswer } from '../protocol/exchange-answer.js';
import type { AuthorizationRequest } from '../requests/authorization-request.js';
import type { KnownVisit } from './visit.js';

export interface Allowed {
  readonly request: AuthorizationRequest;
  readonly user: UserAccount;
  readonly scopes: readonly string[];
}

/** Gives an app what its user has allowed it: a code, or, where the app may be given one this way, an access token. */
@Injectable()
export class AuthorizeApp {
  constructor(
    private readonly codes: AuthorizationCodes,
    private readonly versions: CredentialVersions,
    private readonly sessions: Sessions,
    private readonly options: TokenOptions,
  ) {}

  /** Throws what `Sessions.start` throws, and what the store of codes does. */
  async answer(visit: KnownVisit, allowed: Allowed): Promise<Extract<ExchangeAnswer, { kind: 'redirect' }>> {
    const { codeChallenge } = allowed.request;
    const given =
      codeChallenge === null
        ? await this.tokenFor(visit, allowed)
        : { code: await this.codeFor(visit, allowed, codeChallenge) };
    return redirectAnswer(visit.redirection, this.options.issuer, given);
  }

  private codeFor({ inbound }: KnownVisit, allowed: Allowed, codeChallenge: string): Promise<string> {
    const { request, user, scopes } = allowed;
    return this.codes.issue({
      appId: request.appId,
      redirectUri: request.redirectUri,
      codeChallenge,
      codeChallengeMethod: request.codeChallengeMethod,
      userId: user.id,
      credentialVersionHash: this.versions.hashOf(user),
      scopes,
      resource: request.resource,
      dpopJkt: request.dpopJkt,
      device: deviceOf(inbound.header('user-agent')) ?? null,
      address: networkOf(inbound.peerAddress),
    });
  }

  /** RFC 6749 §4.2.2: alone, without a refresh token. */
  private async tokenFor(
    visit: KnownVisit,
    { request, user, scopes }: Allowed,
  ): Promise<Record<string, string>> {
    const { inbound, client } = visit;
    const started = await this.sessions.startUnrenewable({
      user,
      app: client,
      requestedScopes: scopes,
      device: deviceOf(inbound.header('user-agent')),
      address: inbound.peerAddress,
      resource: request.resource,
    });
    visit.sessionId = started.session.id;
    return {
      access_token: started.accessToken,
      token_type: 'Bearer',
      expires_in: String(started.accessTokenExpiresInSeconds),
      scope: started.session.scopes.join(' '),
    };
  }
}
