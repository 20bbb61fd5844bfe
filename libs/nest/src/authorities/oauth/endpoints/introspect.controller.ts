import { Body, Controller, Header, HttpCode, Post, Req, UseFilters } from '@nestjs/common';
import { z } from 'zod';
import { ProtectedElsewhere, TakesForm } from '../../../pipeline/index.js';
import { jsonOf } from '../protocol/exchange-answer.js';
import { Exchanges } from '../protocol/exchanges.js';
import { OAuthErrorFilter } from '../protocol/oauth-error.filter.js';
import { clientForm } from './client-form.js';

const introspectionForm = z.object({
  token: z.string(),
  token_type_hint: z.string().optional(),
  ...clientForm,
});

/** Token introspection (RFC 7662). */
@UseFilters(OAuthErrorFilter)
@Controller('oauth')
export class IntrospectController {
  constructor(private readonly exchanges: Exchanges) {}

  @ProtectedElsewhere('client authentication')
  @TakesForm(introspectionForm)
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  @Post('introspect')
  async introspect(@Req() request: object, @Body() body: unknown): Promise<object> {
    return jsonOf(await this.exchanges.run('introspect', request, body));
  }
}
