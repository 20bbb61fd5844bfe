import { Body, Controller, Header, HttpCode, Post, Req, UseFilters } from '@nestjs/common';
import { z } from 'zod';
import {
  Clock,
  CredentialSources,
  messageOf,
  PipelineOptions,
  presentedCredentials,
  ProtectedElsewhere,
  readRequest,
  StateFreshness,
  TakesForm,
  temporarilyUnavailable,
} from '../../pipeline/index.js';
import { ActingContext } from '../../state/index.js';
import { ClientAuthentication } from './client-authentication.js';
import { OAuthErrorFilter } from './oauth-error.filter.js';
import { readClientCredentials } from './read-client-credentials.js';
import { readTokenRequest } from './read-token-request.js';
import { TokenDecisions, type TokenExchange } from './token-decisions.js';
import type { GrantedTokens, TokenAnswer } from './token-grant.js';
import { TokenGrants } from './token-grants.js';

/** What is read of a form, whoever asks; `readTokenRequest` reads it. */
const tokenForm = z.object({
  grant_type: z.enum(['refresh_token']),
  refresh_token: z.string(),
  scope: z.string().optional(),
  client_id: z.string().optional(),
  client_secret: z.string().optional(),
});

const THE_HOST = Object.freeze({ kind: 'host', id: 'host', name: null } as const);

/** The token endpoint (RFC 6749 §3.2). */
@UseFilters(OAuthErrorFilter)
@Controller('oauth')
export class TokenController {
  constructor(
    private readonly authentication: ClientAuthentication,
    private readonly grants: TokenGrants,
    private readonly decisions: TokenDecisions,
    private readonly acting: ActingContext,
    private readonly freshness: StateFreshness,
    private readonly sources: CredentialSources,
    private readonly options: PipelineOptions,
    private readonly clock: Clock,
  ) {}

  @ProtectedElsewhere('client authentication')
  @TakesForm(tokenForm)
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  @Header('Pragma', 'no-cache')
  @Post('token')
  async token(@Req() request: object, @Body() body: unknown): Promise<TokenAnswer> {
    const inbound = readRequest(messageOf(request), this.options);
    const exchange: TokenExchange = { inbound, startedAtMs: this.clock.now() };
    try {
      // A session that ends because its token was stolen is ended by nobody: the trail says from where it was presented.
      const acting = { party: THE_HOST, address: inbound.peerAddress, requestId: inbound.id };
      const granted = await this.acting.run(acting, () => this.exchange(exchange, body));
      this.decisions.admitted(exchange, granted);
      return granted.answer;
    } catch (error) {
      this.decisions.refused(exchange, error);
      throw error;
    }
  }

  private async exchange(exchange: TokenExchange, body: unknown): Promise<GrantedTokens> {
    const { inbound } = exchange;
    // Apps and users are judged by copies here, as they are on protected routes.
    if (!(this.freshness.ageMs() <= this.options.revocation.staleAfterMs))
      throw temporarilyUnavailable('revocation_feed_stale');
    const request = readTokenRequest(inbound.header('content-type'), body);
    const credentials = readClientCredentials(presentedCredentials(inbound, this.sources), request);
    exchange.clientId = credentials.clientId;
    exchange.client = await this.authentication.authenticate(credentials);
    return this.grants.exchange(exchange.client, request);
  }
}
