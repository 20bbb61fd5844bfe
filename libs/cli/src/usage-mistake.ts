import { CliError, EXIT } from './cli-error.js';

/** The command line, or the environment it was called in, cannot be worked with. Never repeats a value. */
export class UsageMistake extends CliError {
  constructor(message: string, advice?: string) {
    super(message, { exitCode: EXIT.usage, code: 'usage', advice });
  }
}
