import { Injectable } from '@nestjs/common';
import { PushedRequests } from '../../requests/pushed-requests.js';
import { OAuthError } from '../oauth-error.js';
import type { Exchange } from '../exchange.js';
import { ExchangeStep } from '../exchange-step.js';

/**
 * RFC 9126 §4: a request that was pushed takes the place of the query's, of which `client_id` alone is looked at. What was pushed
 * is judged again by the steps that follow, since app and resources may have changed. `request_uri` stays among the parameters.
 */
@Injectable()
export class LoadPushedRequest extends ExchangeStep {
  constructor(private readonly requests: PushedRequests) {
    super();
  }

  override run(exchange: Exchange): void | Promise<void> {
    const { parameters } = exchange;
    // RFC 9101: where the redirect URI is, cannot be read.
    if (parameters.has('request')) throw new OAuthError('invalid_request', { reason: 'request_object' });
    const requestUri = parameters.get('request_uri');
    return requestUri === undefined ? undefined : this.load(exchange, requestUri);
  }

  private async load(exchange: Exchange, requestUri: string): Promise<void> {
    const found = await this.requests.find(requestUri);
    if (!found) throw new OAuthError('invalid_request_uri', { reason: 'request_uri_unknown' });
    if (found.appId !== exchange.knownClient.id)
      throw new OAuthError('invalid_request_uri', { reason: 'request_uri_of_other_app' });
    exchange.parameters = new Map([...Object.entries(found.parameters), ['request_uri', requestUri]]);
  }
}
