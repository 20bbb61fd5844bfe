import { DecisionLog, type Decision } from '@portcullis/nest';
import type { Logger } from 'pino';

/** Decisions as members of the log line: refusals as warnings, admissions for whoever debugs. */
export class BankDecisionLog extends DecisionLog {
  constructor(private readonly pino: Logger) {
    super();
  }

  override wants(event: Decision['event']): boolean {
    return this.pino.isLevelEnabled(event === 'refused' ? 'warn' : 'debug');
  }

  override record(decision: Decision): void {
    if (decision.event === 'refused') this.pino.warn(decision, 'refused');
    else this.pino.debug(decision, 'admitted');
  }
}
