import { Injectable } from '@nestjs/common';
import { DpopProofs } from '../../../../layers/user/index.js';
import { OAuthError } from '../oauth-error.js';
import type { Exchange } from '../exchange.js';
import { ExchangeStep } from '../exchange-step.js';

/** RFC 9449 §5, §10.1: whose key the tokens will be bound to. */
@Injectable()
export class CheckDpopProof extends ExchangeStep {
  constructor(private readonly proofs: DpopProofs) {
    super();
  }

  override run(exchange: Exchange): void {
    const proof = this.proofs.read(exchange.inbound);
    if (!proof) {
      if (exchange.endpoint === 'token' && exchange.knownClient.dpopBoundAccessTokens)
        throw new OAuthError('invalid_dpop_proof', { reason: 'dpop_required' });
      return;
    }
    exchange.dpop = proof;
    exchange.claims.push({ claim: proof.claim, refusal: 'invalid_dpop_proof', reason: 'dpop_replay' });
  }
}
