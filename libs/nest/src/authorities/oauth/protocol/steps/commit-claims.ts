import { Injectable } from '@nestjs/common';
import { ClaimStore, type Committed } from '../../../../pipeline/index.js';
import { OAuthError } from '../oauth-error.js';
import type { Exchange, ExchangeClaim } from '../exchange.js';
import { ExchangeStep } from '../exchange-step.js';

/** Proofs and assertions are had once; all of a request's are taken at once, when every check has passed. */
@Injectable()
export class CommitClaims extends ExchangeStep {
  constructor(private readonly store: ClaimStore) {
    super();
  }

  override run(exchange: Exchange): void | Promise<void> {
    if (exchange.claims.length === 0) return undefined;
    const committed = this.store.commit(exchange.claims.map(({ claim }) => claim));
    return committed instanceof Promise
      ? committed.then((late) => refuseUncommitted(exchange, late))
      : refuseUncommitted(exchange, committed);
  }
}

function refuseUncommitted({ claims }: Exchange, committed: Committed): void {
  if (committed.outcome === 'committed') return;
  const { outcome, claim } = committed;
  const { refusal, reason: what } = claims.find((one) => one.claim.key === claim.key) as ExchangeClaim;
  const reason = `${what}: ${outcome}`;
  const challenge = claim.refuse?.(outcome === 'used' ? claim.onUsed : claim.onForgotten, reason);
  throw challenge ?? new OAuthError(refusal, { reason });
}
