import { Injectable } from '@nestjs/common';
import { Consents } from '../../authorizations/index.js';
import { findAccount, UserAccounts, type UserAccount } from '../../users/index.js';
import { CredentialVersions } from '../codes/credential-versions.js';
import type { ExchangeAnswer } from '../protocol/exchange-answer.js';
import { InteractionExpired } from '../protocol/interaction-expired.js';
import { AuthorizeApp } from './authorize-app.js';
import { InteractionDecisions } from './interaction-decisions.js';
import type { ConsentInteraction } from './interaction.js';
import { JudgeRequest } from './judge-request.js';
import type { KnownVisit } from './visit.js';

/** Takes a consent, remembers it, and gives the app what it was given for. */
@Injectable()
export class AnswerConsent {
  constructor(
    private readonly users: UserAccounts,
    private readonly versions: CredentialVersions,
    private readonly judge: JudgeRequest,
    private readonly consents: Consents,
    private readonly authorize: AuthorizeApp,
    private readonly decisions: InteractionDecisions,
  ) {}

  /** Throws `InteractionExpired` when the user's password is another by now, or the user is gone. */
  async answer(visit: KnownVisit, interaction: ConsentInteraction): Promise<ExchangeAnswer> {
    const { client } = visit;
    const { request, scopes: shown } = interaction;
    const user = await this.userOf(interaction);
    visit.userId = user.id;
    // No more than the page has shown, whatever may be had by now.
    const asked = { resource: request.resource, scopes: shown };
    const { scopes } = await this.judge.scopes(client, user, asked);
    await this.consents.give({ userId: user.id, appId: client.id, resource: request.resource, scopes });
    const answer = await this.authorize.answer(visit, { request, user, scopes });
    this.decisions.admitted(visit);
    return answer;
  }

  private async userOf({ userId, credentialVersionHash }: ConsentInteraction): Promise<UserAccount> {
    const user = await findAccount(this.users, userId);
    if (!user || !this.versions.isStill(user, credentialVersionHash))
      throw new InteractionExpired('user_changed');
    return user;
  }
}
