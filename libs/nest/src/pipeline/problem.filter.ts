import { STATUS_CODES, type IncomingMessage } from 'node:http';
import {
  Catch,
  ForbiddenException,
  HttpException,
  Logger,
  UnauthorizedException,
  type ArgumentsHost,
  type ExceptionFilter,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { PROBLEMS, type ProblemCode } from '@portcullis/wire';
import { keptOf, messageOf } from './http-message.js';
import { RouteInventory } from './route-inventory.js';
import { SecurityProblem, temporarilyUnavailable } from './security-problem.js';

const BY_STATUS: Readonly<Record<number, ProblemCode>> = {
  400: 'malformed_request',
  404: 'not_found',
  405: 'method_not_allowed',
  409: 'idempotency_conflict',
  413: 'body_too_large',
  414: 'uri_too_long',
  415: 'unsupported_media_type',
  422: 'validation_failed',
  429: 'rate_limited',
  431: 'headers_too_large',
  503: 'temporarily_unavailable',
};

const NOT_FOUND = 404;
const FRAME = /^ {4}at /;
const ERROR_CODE = /^[A-Z0-9_]{1,64}$/;

/** RFC 9457 problem document. */
export function problemDocument(problem: SecurityProblem, requestId: string): Record<string, unknown> {
  const { code, status, detail, members } = problem;
  return {
    type: `urn:portcullis:problem:${code}`,
    title: PROBLEMS[code].title,
    status,
    code,
    detail,
    requestId,
    ...members,
  };
}

interface ProblemAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly document: Record<string, unknown>;
}

/** Turns a refusal into its answer. */
@Catch(SecurityProblem)
export class SecurityProblemFilter implements ExceptionFilter {
  constructor(protected readonly adapters: HttpAdapterHost) {}

  catch(problem: unknown, host: ArgumentsHost): void {
    this.answer(problem as SecurityProblem, host);
  }

  protected answer(problem: SecurityProblem, host: ArgumentsHost): void {
    const requestId = keptOf(messageOf(host.switchToHttp().getRequest())).id;
    this.send(host, { ...problem, document: problemDocument(problem, requestId) });
  }

  protected send(host: ArgumentsHost, { status, headers, document }: ProblemAnswer): void {
    const http = host.switchToHttp();
    const { httpAdapter } = this.adapters;
    const response = http.getResponse<unknown>();
    if (httpAdapter.isHeadersSent(response)) return;
    for (const [name, value] of Object.entries(headers)) httpAdapter.setHeader(response, name, value);
    httpAdapter.setHeader(response, 'Content-Type', 'application/problem+json');
    httpAdapter.setHeader(response, 'Cache-Control', 'no-store');
    // As text: handing an object over lets an adapter choose a content type of its own.
    httpAdapter.reply(response, JSON.stringify(document), status);
  }
}

/** The same for everything else that is thrown, so that an API speaks one language of errors. */
@Catch()
export class ProblemFilter extends SecurityProblemFilter {
  private readonly logger = new Logger('Portcullis');

  constructor(
    adapters: HttpAdapterHost,
    private readonly inventory: RouteInventory,
  ) {
    super(adapters);
  }

  override catch(error: unknown, host: ArgumentsHost): void {
    const refusal = error instanceof SecurityProblem ? error : missingCredential(error, host);
    if (refusal) return this.answer(refusal, host);
    if (isOfOtherGuard(error)) return this.answerForOtherGuard(error.getStatus(), host);
    this.answer(this.translate(error, host), host);
  }

  /** RFC 9457 §4.2.1: a guard of the host has refused, of which no more is known than the status. */
  private answerForOtherGuard(status: number, host: ArgumentsHost): void {
    const requestId = keptOf(messageOf(host.switchToHttp().getRequest())).id;
    const document = { type: 'about:blank', title: STATUS_CODES[status], status, requestId };
    this.send(host, { status, headers: {}, document });
  }

  private translate(error: unknown, host: ArgumentsHost): SecurityProblem {
    const status = error instanceof HttpException ? error.getStatus() : statusOf(error);
    const otherMethod =
      status === NOT_FOUND ? this.refuseMethod(messageOf(host.switchToHttp().getRequest())) : undefined;
    if (otherMethod) return otherMethod;
    const code =
      BY_STATUS[status] ?? (status >= 400 && status < 500 ? 'malformed_request' : 'internal_error');
    if (code === 'internal_error') {
      const requestId = keptOf(messageOf(host.switchToHttp().getRequest())).id;
      this.logger.error(JSON.stringify({ event: 'failed', requestId, ...tracesOf(error) }));
    }
    if (code === 'temporarily_unavailable') return temporarilyUnavailable(code);
    return new SecurityProblem(code, { reason: code, ...detailOf(error, code) });
  }

  /** RFC 9110 §15.5.6: there is something at this path, and not by this method. */
  private refuseMethod({ method = '', url = '' }: IncomingMessage): SecurityProblem | undefined {
    const allowed = this.inventory.methodsAt(url);
    const asked = method === 'HEAD' ? 'GET' : method;
    if (allowed.length === 0 || allowed.includes(asked) || allowed.includes('ALL')) return undefined;
    return new SecurityProblem('method_not_allowed', {
      reason: 'method_not_allowed',
      headers: { Allow: [...new Set(allowed)].join(', ') },
    });
  }
}

/**
 * `AuthGuard` of @nestjs/passport throws a 401 that says nothing, and leaves what each strategy had to say in `authInfo`:
 * the first of ours says which credential is missing.
 */
function missingCredential(error: unknown, host: ArgumentsHost): SecurityProblem | undefined {
  if (!(error instanceof UnauthorizedException)) return undefined;
  const { authInfo } = host.switchToHttp().getRequest<{ authInfo?: unknown }>();
  return [authInfo].flat().find((said) => said instanceof SecurityProblem);
}

/** What guards throw. Errors of file servers and the like come with these statuses as well, and are of no such class. */
function isOfOtherGuard(error: unknown): error is HttpException {
  return error instanceof UnauthorizedException || error instanceof ForbiddenException;
}

/**
 * What the log is told about an error: never its message, in which a driver or a parser may quote a password or a whole
 * row.
 */
function tracesOf(error: unknown): { error: string; code?: string; frames?: string[] } {
  if (!(error instanceof Error)) return { error: typeof error };
  const { name, message, stack = '' } = error;
  const { code, driverError } = error as { code?: unknown; driverError?: { code?: unknown } };
  // `ECONNREFUSED`, or SQLSTATE as the database's driver has it.
  const known = [driverError?.code, code].find((one) => typeof one === 'string' && ERROR_CODE.test(one));
  // A message may have lines that look like frames, and may have been changed since it was put into the stack.
  const start = stack.indexOf(message);
  const lines = stack.slice(start < 0 ? 0 : start + message.length).split('\n');
  const frames = lines.slice(lines.findLastIndex((line) => !FRAME.test(line)) + 1).map((line) => line.trim());
  return { error: name, ...(known !== undefined && { code: known as string }), frames };
}

/** Errors of body parsers and routers carry a status without being Nest's. */
function statusOf(error: unknown): number {
  const { statusCode, status } = (error ?? {}) as { statusCode?: unknown; status?: unknown };
  const found = statusCode ?? status;
  return typeof found === 'number' ? found : 500;
}

function detailOf(error: unknown, code: ProblemCode): { detail?: string; members?: Record<string, unknown> } {
  if (code !== 'validation_failed' || !(error instanceof HttpException)) return {};
  const answer = error.getResponse();
  return typeof answer === 'object' && 'errors' in answer ? { members: { errors: answer.errors } } : {};
}
