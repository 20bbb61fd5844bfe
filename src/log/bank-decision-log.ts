import { DecisionLog, type Decision } from '@portcullis/nest';
import type { Logger } from 'pino';

/** Decisions as members of the log line: alarms and refusals as warnings, admissions for whoever debugs. */
export class BankDecisionLog extends DecisionLog {
  constructor(private readonly pino: Logger) {
    super();
  }

  override wants(event: Decision['event']): boolean {
    return this.pino.isLevelEnabled(event === 'admitted' ? 'debug' : 'warn');
  }

  override record(decision: Decision): void {
    if (decision.event === 'admitted') this.pino.debug(decision, 'admitted');
    else this.pino.warn(decision, decision.event);
  }
}
