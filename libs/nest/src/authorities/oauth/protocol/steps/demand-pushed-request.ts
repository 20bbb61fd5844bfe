import { Injectable } from '@nestjs/common';
import { OAuthError } from '../oauth-error.js';
import type { Exchange } from '../exchange.js';
import { ExchangeStep } from '../exchange-step.js';

/** RFC 9126 §6: of an app whose requests have to be pushed. */
@Injectable()
export class DemandPushedRequest extends ExchangeStep {
  override run({ knownClient, parameters }: Exchange): void {
    if (knownClient.requirePushedRequests && !parameters.has('request_uri'))
      throw new OAuthError('invalid_request', { reason: 'pushed_request_required' });
  }
}
