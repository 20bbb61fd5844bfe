import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { SecurityProblem } from '../../../pipeline/index.js';
import { InvalidGrant, ScopeExceeded } from '../../tokens/index.js';
import { OAuthError } from './oauth-error.js';
import { oauthRefusal } from './oauth-refusal.js';

/** Answers refusals of OAuth endpoints as RFC 6749 §5.2 has them. What is no refusal is left to the application's filters. */
@Catch(OAuthError, InvalidGrant, ScopeExceeded, SecurityProblem)
export class OAuthErrorFilter implements ExceptionFilter {
  constructor(private readonly adapters: HttpAdapterHost) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const { httpAdapter } = this.adapters;
    const response = host.switchToHttp().getResponse<unknown>();
    const refusal = oauthRefusal(error);
    if (!refusal || httpAdapter.isHeadersSent(response)) return;
    const { code, status, description, headers } = refusal;
    const all = {
      ...headers,
      'Content-Type': 'application/json',
      'Cache-Control': 'no-store',
      Pragma: 'no-cache',
    };
    for (const [name, value] of Object.entries(all)) httpAdapter.setHeader(response, name, value);
    httpAdapter.reply(response, JSON.stringify({ error: code, error_description: description }), status);
  }
}
