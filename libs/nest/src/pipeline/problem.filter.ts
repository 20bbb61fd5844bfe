import { Catch, HttpException, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { PROBLEMS, type ProblemCode } from '@portcullis/wire';
import { keptOf, messageOf } from './http-message.js';
import { SecurityProblem } from './security-problem.js';

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

/** Turns a refusal into its answer. */
@Catch(SecurityProblem)
export class SecurityProblemFilter implements ExceptionFilter {
  constructor(protected readonly adapters: HttpAdapterHost) {}

  catch(problem: unknown, host: ArgumentsHost): void {
    this.answer(problem as SecurityProblem, host);
  }

  protected answer(problem: SecurityProblem, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const { httpAdapter } = this.adapters;
    const response = http.getResponse<unknown>();
    if (httpAdapter.isHeadersSent(response)) return;
    const requestId = keptOf(messageOf(http.getRequest())).id;
    for (const [name, value] of Object.entries(problem.headers)) httpAdapter.setHeader(response, name, value);
    httpAdapter.setHeader(response, 'Content-Type', 'application/problem+json');
    httpAdapter.setHeader(response, 'Cache-Control', 'no-store');
    // As text: handing an object over lets an adapter choose a content type of its own.
    httpAdapter.reply(response, JSON.stringify(problemDocument(problem, requestId)), problem.status);
  }
}

/** The same for everything else that is thrown, so that an API speaks one language of errors. */
@Catch()
export class ProblemFilter extends SecurityProblemFilter {
  private readonly logger = new Logger('Portcullis');

  override catch(error: unknown, host: ArgumentsHost): void {
    this.answer(error instanceof SecurityProblem ? error : this.translate(error), host);
  }

  private translate(error: unknown): SecurityProblem {
    const status = error instanceof HttpException ? error.getStatus() : statusOf(error);
    const code =
      BY_STATUS[status] ?? (status >= 400 && status < 500 ? 'malformed_request' : 'internal_error');
    if (code === 'internal_error')
      this.logger.error(error instanceof Error ? (error.stack ?? error.name) : 'unknown error');
    return new SecurityProblem(code, { reason: code, ...detailOf(error, code) });
  }
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
