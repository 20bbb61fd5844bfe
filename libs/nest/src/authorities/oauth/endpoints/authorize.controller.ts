import { Controller, Get, Req, Res } from '@nestjs/common';
import { Public } from '../../../pipeline/index.js';
import { AnswerSender } from '../answers/answer-sender.js';
import { RefusalAnswers } from '../answers/refusal-answers.js';
import type { Exchange } from '../protocol/exchange.js';
import type { ExchangeAnswer } from '../protocol/exchange-answer.js';
import { Exchanges } from '../protocol/exchanges.js';
import { oauthRefusal } from '../protocol/oauth-refusal.js';

/** The authorization endpoint (RFC 6749 §3.1): the page to sign in on, or why there is none. */
@Controller('oauth')
export class AuthorizeController {
  constructor(
    private readonly exchanges: Exchanges,
    private readonly refusals: RefusalAnswers,
    private readonly sender: AnswerSender,
  ) {}

  @Public()
  @Get('authorize')
  async authorize(@Req() request: object, @Res() response: object): Promise<void> {
    const exchange = this.exchanges.begin('authorize', request, undefined);
    this.sender.send(response, await this.answer(exchange));
  }

  private async answer(exchange: Exchange): Promise<ExchangeAnswer> {
    try {
      return await this.exchanges.answer(exchange);
    } catch (error) {
      const refusal = oauthRefusal(error);
      if (!refusal) throw error;
      const { redirection, inbound } = exchange;
      return redirection
        ? this.refusals.redirect(refusal, redirection)
        : this.refusals.page(refusal, inbound);
    }
  }
}
