import { Injectable } from '@nestjs/common';
import { OAuthError } from '../oauth-error.js';
import type { Exchange } from '../exchange.js';
import { ExchangeStep } from '../exchange-step.js';

/** An RFC 7638 thumbprint with SHA-256. */
const THUMBPRINT = /^[\w-]{43}$/;

/** RFC 9449 §10: which key the code will be bound to, where the app says so already. */
@Injectable()
export class CheckDpopKey extends ExchangeStep {
  override run(exchange: Exchange): void {
    const { parameters, request } = exchange;
    const dpopJkt = parameters.get('dpop_jkt') ?? null;
    if (dpopJkt !== null && !THUMBPRINT.test(dpopJkt))
      throw new OAuthError('invalid_request', { reason: 'dpop_jkt_malformed' });
    if (dpopJkt !== null && request.responseType !== 'code')
      throw new OAuthError('invalid_request', { reason: 'dpop_jkt_without_code' });
    exchange.request = { ...request, dpopJkt };
  }
}
