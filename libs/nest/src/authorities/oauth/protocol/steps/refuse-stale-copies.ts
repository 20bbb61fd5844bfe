import { Injectable } from '@nestjs/common';
import { PipelineOptions, StateFreshness, temporarilyUnavailable } from '../../../../pipeline/index.js';
import { ExchangeStep } from '../exchange-step.js';

/** Apps and users are judged by copies here, as they are on protected routes. */
@Injectable()
export class RefuseStaleCopies extends ExchangeStep {
  private readonly staleAfterMs: number;

  constructor(
    private readonly freshness: StateFreshness,
    { revocation }: PipelineOptions,
  ) {
    super();
    this.staleAfterMs = revocation.staleAfterMs;
  }

  override run(): void {
    if (!(this.freshness.ageMs() <= this.staleAfterMs)) throw temporarilyUnavailable('revocation_feed_stale');
  }
}
