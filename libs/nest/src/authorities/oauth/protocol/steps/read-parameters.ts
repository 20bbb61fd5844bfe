import { Injectable } from '@nestjs/common';
import type { Exchange } from '../exchange.js';
import { ExchangeStep } from '../exchange-step.js';
import { readForm, readQuery } from '../parameters.js';

/** RFC 6749 §3.1, §3.2: from the query of `authorize`, and from a form everywhere else. */
@Injectable()
export class ReadParameters extends ExchangeStep {
  override run(exchange: Exchange): void {
    const { endpoint, inbound, body } = exchange;
    exchange.parameters =
      endpoint === 'authorize' ? readQuery(inbound.target) : readForm(inbound.header('content-type'), body);
  }
}
