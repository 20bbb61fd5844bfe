import { Injectable } from '@nestjs/common';
import { demandResponseType } from '../../requests/demand-response-type.js';
import { OAuthError } from '../oauth-error.js';
import type { Exchange } from '../exchange.js';
import { ExchangeStep } from '../exchange-step.js';
import { demandParameter } from '../parameters.js';

/** RFC 6749 §3.1.1; `response_mode` may only say what goes without saying. */
@Injectable()
export class CheckResponseType extends ExchangeStep {
  override run(exchange: Exchange): void {
    const { parameters, knownClient, request } = exchange;
    const asked = demandParameter(parameters, 'response_type');
    exchange.request = { ...request, responseType: demandResponseType(knownClient, asked) };
    const mode = parameters.get('response_mode');
    if (mode !== undefined && mode !== request.responseMode)
      throw new OAuthError('invalid_request', { reason: 'response_mode' });
  }
}
