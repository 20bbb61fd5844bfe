import { randomUUID } from 'node:crypto';
import { STATUS_CODES, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { problemDocument } from './problem.filter.js';
import { SecurityProblem } from './security-problem.js';

/** Errors of Node's parser, by code, that have an answer of their own. */
const REQUEST_TIMEOUT = 408;
const CODES = { HPE_HEADER_OVERFLOW: 'headers_too_large' } as const;

/** Node keeps the answer that is being given on the socket, under no public name; its own handler looks there too. */
type AnsweringSocket = Socket & { readonly _httpMessage?: { readonly headersSent: boolean } | null };

/**
 * Answers what is no HTTP as a problem document as well, and closes: nothing that follows on such a connection can be
 * told apart from what was before. No guard and no handler ever sees it.
 */
export function answerParserErrors(server: Server): void {
  server.removeAllListeners('clientError');
  server.on('clientError', (error: NodeJS.ErrnoException, socket: AnsweringSocket) => {
    // Written into an answer that is under way, this one would be read as a part of it.
    const { _httpMessage: answer } = socket;
    if (error.code === 'ECONNRESET' || !socket.writable || answer?.headersSent) return void socket.destroy();
    const reason = error.code ?? 'http_parse_error';
    const problem = new SecurityProblem(CODES[reason as keyof typeof CODES] ?? 'malformed_request', {
      reason,
    });
    const status = reason === 'ERR_HTTP_REQUEST_TIMEOUT' ? REQUEST_TIMEOUT : problem.status;
    const body = JSON.stringify({ ...problemDocument(problem, randomUUID()), status });
    socket.end(
      [
        `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
        'Content-Type: application/problem+json',
        `Content-Length: ${Buffer.byteLength(body)}`,
        'Connection: close',
        '',
        body,
      ].join('\r\n'),
    );
  });
}
