import { Injectable } from '@nestjs/common';
import { Clock } from '../../../../pipeline/index.js';
import { BrowserCookies } from '../../interaction/browser-cookies.js';
import { InteractionPages } from '../../interaction/interaction-pages.js';
import { SealedInteractions } from '../../interaction/sealed-interactions.js';
import { OAuthOptions } from '../../oauth.options.js';
import { checkedRequest } from '../../requests/checked-request.js';
import type { Exchange } from '../exchange.js';
import { ExchangeStep } from '../exchange-step.js';

/** RFC 6749 §3.1: answers with the page to sign in on. Nothing is kept: the page carries what was checked, sealed. */
@Injectable()
export class AskUser extends ExchangeStep {
  constructor(
    private readonly pages: InteractionPages,
    private readonly sealed: SealedInteractions,
    private readonly cookies: BrowserCookies,
    private readonly options: OAuthOptions,
    private readonly clock: Clock,
  ) {
    super();
  }

  override run(exchange: Exchange): void {
    const { inbound, knownClient: client } = exchange;
    const request = checkedRequest(exchange.request);
    const known = this.cookies.browserOf(inbound);
    const { browser, headers } =
      known === undefined ? this.cookies.nameBrowser() : { browser: known, headers: {} };
    const expiresAt = this.clock.now() + this.options.interactionTtlMs;
    const interaction = this.sealed.seal({ step: 'sign-in', request, expiresAt }, browser);
    const { redirectUri } = request;
    exchange.answer = this.pages.signIn({ inbound, client, redirectUri, interaction, headers });
  }
}
