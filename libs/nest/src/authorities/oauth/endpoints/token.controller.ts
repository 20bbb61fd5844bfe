import { Body, Controller, Header, HttpCode, Post, Req, UseFilters } from '@nestjs/common';
import { z } from 'zod';
import { ProtectedElsewhere, TakesForm } from '../../../pipeline/index.js';
import { jsonOf } from '../protocol/exchange-answer.js';
import { Exchanges } from '../protocol/exchanges.js';
import { OAuthErrorFilter } from '../protocol/oauth-error.filter.js';
import { clientForm } from './client-form.js';

/** What is read of a form, whoever asks. */
const tokenForm = z.object({
  grant_type: z.enum(['authorization_code', 'refresh_token', 'client_credentials', 'password']),
  code: z.string().optional(),
  redirect_uri: z.string().optional(),
  code_verifier: z.string().optional(),
  refresh_token: z.string().optional(),
  username: z.string().optional(),
  password: z.string().optional(),
  scope: z.string().optional(),
  resource: z.string().optional(),
  ...clientForm,
});

/** The token endpoint (RFC 6749 §3.2). */
@UseFilters(OAuthErrorFilter)
@Controller('oauth')
export class TokenController {
  constructor(private readonly exchanges: Exchanges) {}

  @ProtectedElsewhere('client authentication')
  @TakesForm(tokenForm)
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  @Header('Pragma', 'no-cache')
  @Post('token')
  async token(@Req() request: object, @Body() body: unknown): Promise<object> {
    return jsonOf(await this.exchanges.run('token', request, body));
  }
}
