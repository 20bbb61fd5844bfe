import { PROBLEMS, type ProblemCode } from '@portcullis/wire';

export interface SecurityProblemOptions {
  /** For the log alone: which check failed and why. Never a secret, never shown to the caller. */
  reason: string;
  /** Public text. One per code unless the difference helps an honest caller and teaches nobody else. */
  detail?: string;
  headers?: Readonly<Record<string, string>>;
  /** Further public members of the problem document (RFC 9457 §3.2). */
  members?: Readonly<Record<string, unknown>>;
}

/** A refusal with a public half (code, status, detail) and a private one (reason). */
export class SecurityProblem extends Error {
  readonly code: ProblemCode;
  readonly status: number;
  readonly reason: string;
  readonly detail: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly members: Readonly<Record<string, unknown>>;

  constructor(code: ProblemCode, options: SecurityProblemOptions) {
    super(`${code}: ${options.reason}`);
    this.name = 'SecurityProblem';
    this.code = code;
    this.status = PROBLEMS[code].status;
    this.reason = options.reason;
    this.detail = options.detail ?? PROBLEMS[code].title;
    this.headers = options.headers ?? {};
    this.members = options.members ?? {};
  }
}

/** Something that a decision needs is away: 503, never 401, which would make a phone log its user out. */
export function temporarilyUnavailable(reason: string, retryAfterSeconds = 5): SecurityProblem {
  return new SecurityProblem('temporarily_unavailable', {
    reason,
    headers: { 'Retry-After': String(retryAfterSeconds) },
  });
}
