import { Injectable } from '@nestjs/common';
import { Clock, messageOf, PipelineOptions, readRequest, SecurityProblem } from '../../../pipeline/index.js';
import { ActingContext, THE_HOST } from '../../../state/index.js';
import { TokenOptions } from '../../tokens/index.js';
import { RefusalAnswers } from '../answers/refusal-answers.js';
import type { ExchangeAnswer } from '../protocol/exchange-answer.js';
import { InteractionExpired } from '../protocol/interaction-expired.js';
import { OAuthError } from '../protocol/oauth-error.js';
import { oauthRefusal } from '../protocol/oauth-refusal.js';
import { RefuseStaleCopies } from '../protocol/steps/refuse-stale-copies.js';
import { AnswerConsent } from './answer-consent.js';
import { AnswerSignIn } from './answer-sign-in.js';
import { BrowserCookies } from './browser-cookies.js';
import { InteractionDecisions } from './interaction-decisions.js';
import { readInteractionForm } from './interaction-form.js';
import type { Interaction } from './interaction.js';
import { JudgeRequest } from './judge-request.js';
import { refuseCrossSite } from './refuse-cross-site.js';
import { SealedInteractions } from './sealed-interactions.js';
import { Visit, type KnownVisit } from './visit.js';

/** Answers the forms of the authorization server: whoever signs in, decides, or goes back. */
@Injectable()
export class Interactions {
  constructor(
    private readonly freshness: RefuseStaleCopies,
    private readonly sealed: SealedInteractions,
    private readonly cookies: BrowserCookies,
    private readonly judge: JudgeRequest,
    private readonly signIn: AnswerSignIn,
    private readonly consent: AnswerConsent,
    private readonly decisions: InteractionDecisions,
    private readonly refusals: RefusalAnswers,
    private readonly acting: ActingContext,
    private readonly tokens: TokenOptions,
    private readonly options: PipelineOptions,
    private readonly clock: Clock,
  ) {}

  /** Throws what is no refusal. */
  async run(request: object, body: unknown): Promise<ExchangeAnswer> {
    const inbound = readRequest(messageOf(request), this.options);
    const visit = new Visit(inbound, this.clock.now());
    const acting = { party: THE_HOST, address: inbound.peerAddress, requestId: inbound.id };
    try {
      return await this.acting.run(acting, () => this.answer(visit, body));
    } catch (error) {
      this.decisions.refused(visit, error);
      return this.refuse(visit, error);
    }
  }

  private async answer(visit: Visit, body: unknown): Promise<ExchangeAnswer> {
    const { inbound } = visit;
    this.freshness.run();
    refuseCrossSite(inbound, this.tokens.issuer);
    const form = readInteractionForm(inbound.header('content-type'), body);
    visit.form = form;
    const browser = this.cookies.browserOf(inbound);
    const interaction = browser === undefined ? undefined : this.sealed.open(form.interaction, browser);
    if (browser === undefined || !interaction) throw new InteractionExpired('interaction_unknown');
    const found = await this.judge.client(visit, interaction.request);
    return this.decide(Object.assign(visit, { form, browser, ...found }), interaction);
  }

  private decide(visit: KnownVisit, interaction: Interaction): Promise<ExchangeAnswer> {
    const { decision } = visit.form;
    if (decision === 'cancel' || decision === 'deny')
      throw new OAuthError('access_denied', { reason: `user_said_${decision}` });
    if (decision === 'sign-in' && interaction.step === 'sign-in')
      return this.signIn.answer(visit, interaction);
    if (decision === 'allow' && interaction.step === 'consent')
      return this.consent.answer(visit, interaction);
    throw new InteractionExpired('decision_of_other_step');
  }

  private refuse({ inbound, redirection }: Visit, error: unknown): ExchangeAnswer {
    const refusal = oauthRefusal(error);
    if (!refusal) throw error;
    // What went wrong here rather than with the request is told to whoever can go back and send the form again.
    const isForThePage =
      error instanceof SecurityProblem ||
      refusal instanceof InteractionExpired ||
      refusal.code === 'temporarily_unavailable';
    return redirection && !isForThePage
      ? this.refusals.redirect(refusal, redirection)
      : this.refusals.page(refusal, inbound);
  }
}
