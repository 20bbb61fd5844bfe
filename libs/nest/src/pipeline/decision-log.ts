import { Injectable, Logger } from '@nestjs/common';

/** One decision about one request. No credential is ever part of it. */
export interface Decision {
  readonly event: 'admitted' | 'refused';
  readonly requestId: string;
  readonly route: string;
  readonly peerAddress: string;
  readonly latencyMs: number;
  readonly appId?: string | undefined;
  readonly code?: string;
  readonly layer?: string | undefined;
  /** Why it was refused; private. */
  readonly reason?: string;
}

/** Where decisions are written, one line each. */
export abstract class DecisionLog {
  abstract record(decision: Decision): void;
}

/** Refusals as warnings, admissions as debug lines, through the host's Nest logger. */
@Injectable()
export class LoggerDecisionLog extends DecisionLog {
  private readonly logger = new Logger('Portcullis');

  override record(decision: Decision): void {
    if (decision.event === 'refused') this.logger.warn(JSON.stringify(decision));
    else if (Logger.isLevelEnabled('debug')) this.logger.debug(JSON.stringify(decision));
  }
}
