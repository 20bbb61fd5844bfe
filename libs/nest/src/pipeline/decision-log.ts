import { Injectable, Logger } from '@nestjs/common';

/** One decision about one request. No credential is ever part of it. `alarm`: somebody holds what is another's. */
export interface Decision {
  readonly event: 'admitted' | 'refused' | 'alarm';
  readonly requestId: string;
  readonly route: string;
  readonly peerAddress: string;
  readonly latencyMs: number;
  /** Id of an app that the registry knows and that may call. */
  readonly appId?: string | undefined;
  /** Otherwise: fingerprint of the id that the caller presented, which may be any text, a misplaced secret too. */
  readonly presentedApp?: string | undefined;
  /** Fingerprint of the user's id. */
  readonly subject?: string | undefined;
  /** Fingerprint of the normalised username of a sign-in that failed. */
  readonly username?: string | undefined;
  /** Fingerprint of the session's id, or of the token's `jti`. */
  readonly credential?: string | undefined;
  /** Fingerprint of the id of the session, and of its family of refresh tokens. */
  readonly session?: string | undefined;
  readonly code?: string;
  readonly layer?: string | undefined;
  /** Why it was refused; private. */
  readonly reason?: string;
}

/** Where decisions are written, one line each. */
export abstract class DecisionLog {
  /** Whether decisions of a kind are written at all: the hot path then spends nothing on those that are not. */
  wants(_event: Decision['event']): boolean {
    return true;
  }

  /** Neither waited for nor believed: what it answers may fail later, and fails no request. */
  abstract record(decision: Decision): void | Promise<void>;
}

/** Writes a decision down. Throws what the log throws at once: who cannot say what was decided admits nobody. */
export function recordDecision(log: DecisionLog, decision: Decision): void {
  const written: unknown = log.record(decision);
  // Whatever can be awaited: a library's own promise may not even begin before that.
  if (written !== undefined) Promise.resolve(written).catch(noteUnwritten);
}

/** The class alone: a message may quote what must not be logged. */
function noteUnwritten(error: unknown): void {
  const name = error instanceof Error ? error.name : typeof error;
  new Logger('Portcullis').error(`a decision was not written down: ${name}`);
}

/** Alarms and refusals as warnings, admissions as debug lines, through the host's Nest logger. */
@Injectable()
export class LoggerDecisionLog extends DecisionLog {
  private readonly logger = new Logger('Portcullis');

  override wants(event: Decision['event']): boolean {
    return Logger.isLevelEnabled(event === 'admitted' ? 'debug' : 'warn');
  }

  override record(decision: Decision): void {
    if (decision.event === 'admitted') this.logger.debug(JSON.stringify(decision));
    else this.logger.warn(JSON.stringify(decision));
  }
}
