import { Injectable } from '@nestjs/common';
import { TokenGrants } from '../../grants/token-grants.js';
import type { Exchange } from '../exchange.js';
import { ExchangeStep } from '../exchange-step.js';

/** RFC 6749 §4, §5.1: what the client presents, for tokens. */
@Injectable()
export class ExchangeGrant extends ExchangeStep {
  constructor(private readonly grants: TokenGrants) {
    super();
  }

  override async run(exchange: Exchange): Promise<void> {
    const granted = await this.grants.exchange(exchange);
    exchange.granted = granted;
    exchange.answer = { kind: 'json', status: 200, body: granted.answer };
  }
}
