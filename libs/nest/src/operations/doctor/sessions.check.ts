import { Injectable } from '@nestjs/common';
import { SessionOptions } from '../../authorities/sessions/index.js';
import type { Finding } from './finding.js';
import type { HealthCheck } from './health-check.js';

const NAME = 'sessions';
const HOUR_MS = 3_600_000;
const LONGEST_IDLE_MS = 24 * HOUR_MS;
const LONGEST_MS = 30 * 24 * HOUR_MS;

/** How long a stolen session key is worth something. */
@Injectable()
export class SessionsCheck implements HealthCheck {
  readonly name = NAME;

  constructor(private readonly options: SessionOptions) {}

  examine(): Finding[] {
    const { idleTtlMs, absoluteTtlMs } = this.options;
    const detail = `a session key is over after ${spell(idleTtlMs)} without use, and after ${spell(absoluteTtlMs)} at the latest`;
    if (idleTtlMs <= LONGEST_IDLE_MS && absoluteTtlMs <= LONGEST_MS)
      return [{ name: NAME, status: 'ok', detail }];
    const advice =
      'Lower sessions.idleTtlSeconds and sessions.absoluteTtlSeconds: so long a stolen key goes on working.';
    return [{ name: NAME, status: 'warn', detail, advice }];
  }
}

function spell(ms: number): string {
  return ms < HOUR_MS ? `${Math.round(ms / 60_000)} min` : `${Math.round((ms / HOUR_MS) * 10) / 10} h`;
}
