import { Body, Controller, Header, HttpCode, Post, Req, UseFilters } from '@nestjs/common';
import { z } from 'zod';
import { ProtectedElsewhere, TakesForm } from '../../../pipeline/index.js';
import { jsonOf } from '../protocol/exchange-answer.js';
import { Exchanges } from '../protocol/exchanges.js';
import { OAuthErrorFilter } from '../protocol/oauth-error.filter.js';
import { clientForm } from './client-form.js';

const pushedForm = z.object({
  response_type: z.enum(['code', 'token']),
  redirect_uri: z.string(),
  code_challenge: z.string().optional(),
  code_challenge_method: z.enum(['S256', 'plain']).optional(),
  state: z.string().optional(),
  scope: z.string().optional(),
  resource: z.string().optional(),
  dpop_jkt: z.string().optional(),
  ...clientForm,
});

/** The endpoint for pushed authorization requests (RFC 9126 §2). */
@UseFilters(OAuthErrorFilter)
@Controller('oauth')
export class PushedController {
  constructor(private readonly exchanges: Exchanges) {}

  @ProtectedElsewhere('client authentication')
  @TakesForm(pushedForm)
  @HttpCode(201)
  @Header('Cache-Control', 'no-store')
  @Post('par')
  async push(@Req() request: object, @Body() body: unknown): Promise<object> {
    return jsonOf(await this.exchanges.run('pushed', request, body));
  }
}
