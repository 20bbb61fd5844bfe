/** How the command ends; documented in the help. */
export const EXIT = { done: 0, refused: 1, usage: 2, unreachable: 3, unauthorised: 4 } as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export interface CliErrorOptions {
  readonly exitCode: ExitCode;
  /** Stable, for scripts. */
  readonly code: string;
  /** What whoever reads this should do. */
  readonly advice?: string | undefined;
  /** Further members of the error in JSON. */
  readonly members?: Readonly<Record<string, unknown>>;
}

/** What a user is told when something did not work: one message, never a stack. The message holds no secret. */
export class CliError extends Error {
  readonly exitCode: ExitCode;
  readonly code: string;
  readonly advice: string | undefined;
  readonly members: Readonly<Record<string, unknown>>;

  constructor(message: string, { exitCode, code, advice, members = {} }: CliErrorOptions) {
    super(message);
    this.name = new.target.name;
    this.exitCode = exitCode;
    this.code = code;
    this.advice = advice;
    this.members = members;
  }
}
