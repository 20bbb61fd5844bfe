import { PROBLEMS, type ProblemCode } from '@portcullis/wire';

export interface ProblemDetails {
  readonly detail: string;
  /** Names this very answer to whoever runs the server. */
  readonly requestId: string | undefined;
  /** `Retry-After`. */
  readonly retryAfterSeconds: number | undefined;
  /** Further members of the document, such as `scope` or `errors`. */
  readonly members: Readonly<Record<string, unknown>>;
}

/** The server refused (RFC 9457). `code` is one of a closed list and says what to do; the message is the code's own text. */
export class ProblemError extends Error {
  readonly status: number;
  readonly detail: string;
  readonly requestId: string | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly members: Readonly<Record<string, unknown>>;

  constructor(
    readonly code: ProblemCode,
    { detail, requestId, retryAfterSeconds, members }: ProblemDetails,
  ) {
    super(`${code}: ${PROBLEMS[code].title}`);
    this.name = 'ProblemError';
    this.status = PROBLEMS[code].status;
    this.detail = detail;
    this.requestId = requestId;
    this.retryAfterSeconds = retryAfterSeconds;
    this.members = members;
  }
}
