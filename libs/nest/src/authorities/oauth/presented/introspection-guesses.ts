import { Injectable } from '@nestjs/common';
import { claimKey, Clock } from '../../../pipeline/index.js';
import { AttemptStore } from '../../sessions/index.js';
import { OAuthError } from '../protocol/oauth-error.js';

/** A resource server meets tokens that have expired all the time; who scans meets nothing else. */
const FREE_GUESSES = 300;
const BACK_OFF = { firstWaitMs: 1000, longestWaitMs: 60_000, forgetAfterMs: 600_000 };

/** Slows down a client that asks about texts that are no tokens (RFC 7662 §4). */
@Injectable()
export class IntrospectionGuesses {
  constructor(
    private readonly attempts: AttemptStore,
    private readonly clock: Clock,
  ) {}

  /** Counts a text that was none. Throws `rate_limited` once there were too many. */
  async count(clientId: string): Promise<void> {
    const counters = [{ key: claimKey('introspection', clientId), freeFailures: FREE_GUESSES }];
    const attempt = await this.attempts.begin(counters, BACK_OFF, this.clock.now());
    if (attempt.admitted) return;
    const retryAfter = String(Math.max(1, Math.ceil(attempt.retryAfterMs / 1000)));
    throw new OAuthError('rate_limited', {
      reason: 'introspect_scan',
      headers: { 'Retry-After': retryAfter },
    });
  }
}
