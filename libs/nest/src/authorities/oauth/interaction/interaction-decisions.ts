import { Injectable } from '@nestjs/common';
import {
  Clock,
  DecisionLog,
  Fingerprint,
  recordDecision,
  SecurityProblem,
  type Decision,
} from '../../../pipeline/index.js';
import { usernameKey } from '../../users/index.js';
import { oauthRefusal } from '../protocol/oauth-refusal.js';
import type { Visit } from './visit.js';

/** Writes down what becomes of sign-ins and consents, a line each, with fingerprints in the place of names. */
@Injectable()
export class InteractionDecisions {
  constructor(
    private readonly log: DecisionLog,
    private readonly fingerprint: Fingerprint,
    private readonly clock: Clock,
  ) {}

  admitted(visit: Visit): void {
    if (!this.log.wants('admitted')) return;
    const { userId, sessionId } = visit;
    recordDecision(this.log, {
      event: 'admitted',
      ...this.factsOf(visit),
      subject: userId === undefined ? undefined : this.fingerprint.of(userId),
      session: sessionId === undefined ? undefined : this.fingerprint.of(sessionId),
    });
  }

  /** What is no refusal is logged where it is answered. */
  refused(visit: Visit, error: unknown): void {
    const refusal = error instanceof SecurityProblem ? error : oauthRefusal(error);
    if (!refusal || !this.log.wants('refused')) return;
    const { username = '' } = visit.form ?? {};
    const isSignIn = error instanceof SecurityProblem && username !== '';
    recordDecision(this.log, {
      event: 'refused',
      ...this.factsOf(visit),
      username: isSignIn ? this.fingerprint.of(usernameKey(username) ?? username) : undefined,
      code: refusal.code,
      layer: isSignIn ? 'sign-in' : 'oauth',
      reason: refusal.reason,
    });
  }

  private factsOf({ inbound, startedAtMs, client }: Visit): Omit<Decision, 'event'> {
    return {
      requestId: inbound.id,
      route: 'POST /oauth/interaction',
      peerAddress: inbound.peerAddress,
      latencyMs: this.clock.now() - startedAtMs,
      appId: client?.id,
    };
  }
}
