import { Injectable } from '@nestjs/common';
import { OfferedScopes, type Offer } from '../../requests/offered-scopes.js';
import type { Exchange } from '../exchange.js';
import { ExchangeStep } from '../exchange-step.js';

/** RFC 8707 §2: one resource, and one that the app may ask for. Leaves what scopes may be asked for there. */
@Injectable()
export class CheckResource extends ExchangeStep {
  constructor(private readonly offers: OfferedScopes) {
    super();
  }

  override run(exchange: Exchange): void | Promise<void> {
    const offer = this.offers.of(exchange.knownClient, exchange.parameters.get('resource'));
    return offer instanceof Promise ? offer.then((late) => leave(exchange, late)) : leave(exchange, offer);
  }
}

function leave(exchange: Exchange, { resource, scopes }: Offer): void {
  exchange.request = { ...exchange.request, resource, scopes };
}
