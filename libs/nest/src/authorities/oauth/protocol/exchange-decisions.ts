import { Injectable } from '@nestjs/common';
import { Clock, DecisionLog, Fingerprint, recordDecision, type Decision } from '../../../pipeline/index.js';
import { InvalidGrant } from '../../tokens/index.js';
import { ROUTES } from './endpoint.js';
import type { Exchange } from './exchange.js';
import { oauthRefusal } from './oauth-refusal.js';

/** Writes down what the endpoints decide, a line each, with fingerprints in the place of whatever is secret. */
@Injectable()
export class ExchangeDecisions {
  constructor(
    private readonly log: DecisionLog,
    private readonly fingerprint: Fingerprint,
    private readonly clock: Clock,
  ) {}

  admitted(exchange: Exchange): void {
    if (!this.log.wants('admitted')) return;
    const { granted } = exchange;
    recordDecision(this.log, {
      event: 'admitted',
      ...this.factsOf(exchange),
      ...(granted && {
        subject: this.printOf(granted.userId),
        credential: this.printOf(granted.tokenId),
        session: this.printOf(granted.sessionId),
      }),
    });
  }

  /** A refusal, or an alarm where a token turned out to be in two hands. What is neither is logged where it is answered. */
  refused(exchange: Exchange, error: unknown): void {
    const refusal = oauthRefusal(error);
    if (!refusal) return;
    const { stolen } = error instanceof InvalidGrant ? error : {};
    const event = stolen ? 'alarm' : 'refused';
    if (!this.log.wants(event)) return;
    recordDecision(this.log, {
      event,
      ...this.factsOf(exchange),
      ...(stolen && {
        subject: this.fingerprint.of(stolen.userId),
        session: this.fingerprint.of(stolen.sessionId),
      }),
      code: refusal.code,
      layer: 'oauth',
      reason: refusal.reason,
    });
  }

  private printOf(text: string | undefined): string | undefined {
    return text === undefined ? undefined : this.fingerprint.of(text);
  }

  private factsOf({ endpoint, inbound, startedAtMs, client, clientId }: Exchange): Omit<Decision, 'event'> {
    return {
      requestId: inbound.id,
      route: ROUTES[endpoint],
      peerAddress: inbound.peerAddress,
      latencyMs: this.clock.now() - startedAtMs,
      appId: client?.id,
      presentedApp: client || clientId === undefined ? undefined : this.fingerprint.of(clientId),
    };
  }
}
