import { CliError, EXIT } from './cli-error.js';

export type UnreachableCode = 'not_reachable' | 'timed_out' | 'unexpected_answer';

/** Nobody answered, or somebody else did. */
export class Unreachable extends CliError {
  constructor(code: UnreachableCode, message: string, advice?: string) {
    super(message, { exitCode: EXIT.unreachable, code, advice });
  }
}
