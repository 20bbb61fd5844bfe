import { CliError, EXIT } from './cli-error.js';
import { printable } from './printable.js';

/** A problem document (RFC 9457 §3) of the administration interface. */
export interface ProblemDocument {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly requestId?: string;
  readonly errors?: readonly InvalidMember[];
}

export interface InvalidMember {
  readonly path: string;
  readonly message: string;
}

const UNAUTHORISED: readonly number[] = [401, 403];

/** What to do about it, by the problem's code. */
const ADVICE: Readonly<Record<string, string>> = {
  admin_key_invalid:
    'The key is not one of this server, or it has expired or was revoked: look at PORTCULLIS_ADMIN_KEY or --key-file.',
  insufficient_scope:
    'Use a key that has this scope, or have one made: portcullis keys create --scopes "<scope>".',
  not_found: 'The list command of the same group says what there is.',
  rate_limited: 'Wait a moment and try again.',
  temporarily_unavailable: 'Something that the server needs is away: portcullis doctor says what.',
  internal_error: "The server's log tells more under the request's id.",
};

/** The server understood, and did not do it. */
export class Refused extends CliError {
  constructor(readonly problem: ProblemDocument) {
    const { status, code, detail, requestId, errors } = problem;
    super(messageOf(problem), {
      exitCode: UNAUTHORISED.includes(status) ? EXIT.unauthorised : EXIT.refused,
      code,
      advice: ADVICE[code],
      members: { status, detail, ...(requestId !== undefined && { requestId }), ...(errors && { errors }) },
    });
  }
}

function messageOf({ code, detail, requestId, errors = [] }: ProblemDocument): string {
  const lines = errors.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`));
  const request = requestId === undefined ? '' : ` (request ${requestId})`;
  // A line's end in what the server said must not begin a line of its own.
  return [`The server refused: ${detail} [${code}]${request}`, ...lines.map((line) => `  ${line}`)]
    .map(printable)
    .join('\n');
}

/** Undefined for what is no problem document of ours: a proxy's page, say. */
export function problemOf(body: unknown): ProblemDocument | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  const { status, code, detail, title, requestId, errors } = body as Record<string, unknown>;
  if (typeof status !== 'number' || typeof code !== 'string') return undefined;
  return {
    status,
    code,
    detail: typeof detail === 'string' ? detail : typeof title === 'string' ? title : code,
    ...(typeof requestId === 'string' && { requestId }),
    ...(Array.isArray(errors) && { errors: errors.filter(isInvalidMember) }),
  };
}

function isInvalidMember(entry: unknown): entry is InvalidMember {
  const { path, message } = (entry ?? {}) as Partial<Record<keyof InvalidMember, unknown>>;
  return typeof path === 'string' && typeof message === 'string';
}
