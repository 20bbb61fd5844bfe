import { Injectable } from '@nestjs/common';
import { Clock, DecisionLog, Fingerprint, type Decision, type InboundRequest } from '../../pipeline/index.js';
import type { ClientApp } from '../apps/index.js';
import { InvalidGrant } from '../tokens/index.js';
import { oauthRefusal } from './oauth-refusal.js';
import type { GrantedTokens } from './token-grant.js';

const ROUTE = 'POST /oauth/token';

/** A token request, as far as it was understood. */
export interface TokenExchange {
  readonly inbound: InboundRequest;
  readonly startedAtMs: number;
  /** Whom it says it is from; any text. */
  clientId?: string;
  /** Whom it is from. */
  client?: ClientApp;
}

/** Writes down what the token endpoint decides, a line each, with fingerprints in the place of whatever is secret. */
@Injectable()
export class TokenDecisions {
  constructor(
    private readonly log: DecisionLog,
    private readonly fingerprint: Fingerprint,
    private readonly clock: Clock,
  ) {}

  admitted(exchange: TokenExchange, { userId, sessionId, tokenId }: GrantedTokens): void {
    if (!this.log.wants('admitted')) return;
    this.log.record({
      event: 'admitted',
      ...this.factsOf(exchange),
      subject: this.fingerprint.of(userId),
      credential: this.fingerprint.of(tokenId),
      session: this.fingerprint.of(sessionId),
    });
  }

  /** A refusal, or an alarm where a token turned out to be in two hands. What is neither is logged where it is answered. */
  refused(exchange: TokenExchange, error: unknown): void {
    const refusal = oauthRefusal(error);
    if (!refusal) return;
    const { stolen } = error instanceof InvalidGrant ? error : {};
    const event = stolen ? 'alarm' : 'refused';
    if (!this.log.wants(event)) return;
    this.log.record({
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

  private factsOf({ inbound, startedAtMs, client, clientId }: TokenExchange): Omit<Decision, 'event'> {
    return {
      requestId: inbound.id,
      route: ROUTE,
      peerAddress: inbound.peerAddress,
      latencyMs: this.clock.now() - startedAtMs,
      appId: client?.id,
      presentedApp: client || clientId === undefined ? undefined : this.fingerprint.of(clientId),
    };
  }
}
