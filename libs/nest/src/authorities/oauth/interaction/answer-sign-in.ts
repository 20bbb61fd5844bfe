import { Injectable } from '@nestjs/common';
import { SecurityProblem } from '../../../pipeline/index.js';
import { Consents } from '../../authorizations/index.js';
import { SignIn } from '../../sessions/index.js';
import type { UserAccount } from '../../users/index.js';
import { CredentialVersions } from '../codes/credential-versions.js';
import type { ExchangeAnswer } from '../protocol/exchange-answer.js';
import { AuthorizeApp } from './authorize-app.js';
import { BrowserCookies } from './browser-cookies.js';
import { InteractionDecisions } from './interaction-decisions.js';
import { InteractionPages, type PageSubject, type SignInFailure } from './interaction-pages.js';
import type { SignInInteraction } from './interaction.js';
import { JudgeRequest } from './judge-request.js';
import { SealedInteractions } from './sealed-interactions.js';
import type { KnownVisit } from './visit.js';

const FAILURES: Readonly<Record<string, SignInFailure['failure']>> = {
  user_token_invalid: 'wrong',
  rate_limited: 'wait',
  temporarily_unavailable: 'again',
};

/** Takes username and password, and asks for consent where there is none yet. */
@Injectable()
export class AnswerSignIn {
  constructor(
    private readonly signIn: SignIn,
    private readonly consents: Consents,
    private readonly judge: JudgeRequest,
    private readonly authorize: AuthorizeApp,
    private readonly versions: CredentialVersions,
    private readonly pages: InteractionPages,
    private readonly sealed: SealedInteractions,
    private readonly cookies: BrowserCookies,
    private readonly decisions: InteractionDecisions,
  ) {}

  async answer(visit: KnownVisit, interaction: SignInInteraction): Promise<ExchangeAnswer> {
    const { client, form } = visit;
    const { request } = interaction;
    const user = await this.authenticate(visit);
    if ('kind' in user) return user;
    visit.userId = user.id;
    const headers = this.cookies.keepDeviceProof(this.signIn.proveDevice(form.username));
    const asked = await this.judge.scopes(client, user, request);
    const { scopes } = asked;
    if (
      await this.consents.covers({ userId: user.id, appId: client.id, resource: request.resource, scopes })
    ) {
      const answer = await this.authorize.answer(visit, { request, user, scopes });
      this.decisions.admitted(visit);
      return { ...answer, headers };
    }
    const { browser } = visit;
    const credentialVersionHash = this.versions.hashOf(user);
    const known = { userId: user.id, username: form.username, credentialVersionHash, scopes };
    const sealed = this.sealed.seal({ ...interaction, step: 'consent', ...known }, browser);
    return this.pages.consent(
      { ...pageSubject(visit, sealed), headers },
      { username: form.username, ...asked },
    );
  }

  /** The user, or the page to try again on. */
  private async authenticate(visit: KnownVisit): Promise<UserAccount | ExchangeAnswer> {
    const { form, inbound } = visit;
    const { username, password } = form;
    const deviceProof = this.cookies.deviceProofOf(inbound);
    try {
      return await this.signIn.authenticate({
        username,
        password,
        address: inbound.peerAddress,
        deviceProof,
      });
    } catch (error) {
      const failure = error instanceof SecurityProblem ? FAILURES[error.code] : undefined;
      if (failure === undefined || !(error instanceof SecurityProblem)) throw error;
      this.decisions.refused(visit, error);
      const retryAfter = error.headers['Retry-After'];
      return this.pages.signIn(
        {
          ...pageSubject(visit, form.interaction),
          ...(retryAfter !== undefined && { headers: { 'Retry-After': retryAfter } }),
        },
        { username, failure, ...(retryAfter !== undefined && { retryAfterSeconds: Number(retryAfter) }) },
      );
    }
  }
}

function pageSubject({ inbound, client, redirection }: KnownVisit, interaction: string): PageSubject {
  return { inbound, client, redirectUri: redirection.uri, interaction };
}
