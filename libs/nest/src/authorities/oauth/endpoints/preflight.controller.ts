import { Controller, HttpCode, Options, Req } from '@nestjs/common';
import { messageOf, noteAnswerHeaders, Public } from '../../../pipeline/index.js';
import { AllAppAllowances } from '../clients/all-app-allowances.js';

const MAX_AGE_SECONDS = 600;

/** Asked by browsers before a page's request is sent (Fetch §3.2.2), without saying as which app: whether any has such pages. */
@Controller('oauth')
export class PreflightController {
  constructor(private readonly allowances: AllAppAllowances) {}

  @Public()
  @HttpCode(204)
  @Options(['token', 'revoke', 'par'])
  async preflight(@Req() request: object): Promise<void> {
    const message = messageOf(request);
    const { origin } = message.headers;
    noteAnswerHeaders(message, { Vary: 'Origin', 'Cache-Control': 'no-store' });
    if (origin === undefined || !(await this.allowances.now()).corsOrigins.includes(origin)) return;
    noteAnswerHeaders(message, {
      'Access-Control-Allow-Origin': origin,
      'Access-Control-Allow-Methods': 'POST',
      'Access-Control-Allow-Headers': 'Authorization, Content-Type, DPoP',
      'Access-Control-Max-Age': String(MAX_AGE_SECONDS),
    });
  }
}
