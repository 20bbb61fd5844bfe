import { Body, Controller, Header, HttpCode, Post, Req, UseFilters } from '@nestjs/common';
import { z } from 'zod';
import { ProtectedElsewhere, TakesForm } from '../../../pipeline/index.js';
import { Exchanges } from '../protocol/exchanges.js';
import { OAuthErrorFilter } from '../protocol/oauth-error.filter.js';
import { clientForm } from './client-form.js';

const revocationForm = z.object({ token: z.string(), token_type_hint: z.string().optional(), ...clientForm });

/** Token revocation (RFC 7009). */
@UseFilters(OAuthErrorFilter)
@Controller('oauth')
export class RevokeController {
  constructor(private readonly exchanges: Exchanges) {}

  @ProtectedElsewhere('client authentication')
  @TakesForm(revocationForm)
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  @Post('revoke')
  async revoke(@Req() request: object, @Body() body: unknown): Promise<void> {
    await this.exchanges.run('revoke', request, body);
  }
}
