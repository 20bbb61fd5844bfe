import { Injectable } from '@nestjs/common';
import { claimKey, Clock } from '../../../pipeline/index.js';
import { AttemptStore, type AttemptBucket } from '../../sessions/index.js';
import { OAuthError } from '../protocol/oauth-error.js';

/**
 * Drained, and not forgotten after a while without a guess: strangers send a resource server made-up tokens all the time, and
 * it asks about each.
 */
const GUESSES: Omit<AttemptBucket, 'key'> = { holds: 300, drainMsEach: 200 };
/** Of counters, and there are none. */
const NO_BACK_OFF = { firstWaitMs: 0, longestWaitMs: 0, forgetAfterMs: 0 };

/** Slows down a client that asks about texts that never were tokens (RFC 7662 §4). */
@Injectable()
export class IntrospectionGuesses {
  constructor(
    private readonly attempts: AttemptStore,
    private readonly clock: Clock,
  ) {}

  /** Counts a text that never was one. Throws `rate_limited` once there were too many. */
  async count(clientId: string): Promise<void> {
    const bucket = { key: claimKey('introspection', clientId), ...GUESSES };
    const attempt = await this.attempts.begin([bucket], NO_BACK_OFF, this.clock.now());
    if (attempt.admitted) return;
    const retryAfter = String(Math.max(1, Math.ceil(attempt.retryAfterMs / 1000)));
    throw new OAuthError('rate_limited', {
      reason: 'introspect_scan',
      headers: { 'Retry-After': retryAfter },
    });
  }
}
