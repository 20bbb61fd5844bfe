import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { INestApplication } from '@nestjs/common';
import rawBody from 'raw-body';
import { z } from 'zod';
import { answerParserErrors } from './answer-parser-errors.js';
import { readOptions } from './invalid-options.js';
import { announcesBody, keepBody, keptOf } from './http-message.js';
import { parseBody, refuseContentCoding } from './parse-body.js';
import { RouteInventory } from './route-inventory.js';
import type { OutboundAnswer } from './security-layer.js';
import { SecurityProblem } from './security-problem.js';

export const usePortcullisOptionsSchema = z.strictObject({
  /** Largest body that is read; larger ones are answered 413. Every request may take as much memory. */
  bodyLimitBytes: z.number().int().min(0).max(1_073_741_824).default(1_048_576),
});

export type UsePortcullisOptions = Readonly<z.input<typeof usePortcullisOptionsSchema>>;

type Done = (error?: Error | null, value?: unknown) => void;

interface FastifyLike {
  removeAllContentTypeParsers(): void;
  addContentTypeParser(
    type: string,
    options: { parseAs: 'buffer'; bodyLimit: number },
    parser: (request: { raw: IncomingMessage }, body: Buffer, done: Done) => void,
  ): void;
  addHook(name: 'onRoute', hook: (route: { method: string | string[]; url: string }) => void): void;
  addHook(
    name: 'onRequest',
    hook: (request: { raw: IncomingMessage }, reply: unknown, done: Done) => void,
  ): void;
  addHook(
    name: 'onSend',
    hook: (
      request: { raw: IncomingMessage },
      reply: { header(name: string, value: string): void; getHeader(name: string): unknown },
      payload: unknown,
      done: Done,
    ) => void,
  ): void;
}

const LONGEST_TARGET = 8192;

type ExpressNext = (error?: unknown) => void;

/**
 * Installs, on either HTTP adapter, what must stand before the first route: one body parser that keeps the bytes as
 * received, the signing of answers, the list of routes, and answers to what is no HTTP. Call it right after
 * `NestFactory.create(module, adapter, { bodyParser: false })`. Throws `InvalidOptions`.
 */
export function usePortcullis(app: INestApplication, options: UsePortcullisOptions = {}): void {
  const { bodyLimitBytes } = readOptions('usePortcullis', usePortcullisOptionsSchema, options);
  const inventory = app.get(RouteInventory);
  const adapter = app.getHttpAdapter();
  if (adapter.getType() === 'fastify')
    installOnFastify(adapter.getInstance() as FastifyLike, inventory, bodyLimitBytes);
  else installOnExpress(app, bodyLimitBytes);
  answerParserErrors(app.getHttpServer() as Server);
  inventory.isInstalled = true;
}

function installOnFastify(fastify: FastifyLike, inventory: RouteInventory, bodyLimit: number): void {
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit }, ({ raw }, body, done) => {
    keepBody(raw, body);
    try {
      done(null, parseBody(raw.headers['content-type'], body));
    } catch (error) {
      done(error as Error);
    }
  });
  fastify.addHook('onRoute', ({ method, url }) => {
    for (const name of [method].flat()) inventory.see(`${name} ${url}`);
  });
  // With `done`, not as promises: a hook that waits for nothing would cost every request a turn of the event loop.
  fastify.addHook('onRequest', ({ raw }, _reply, done) => {
    try {
      refuseUnreadable(raw);
      done();
    } catch (error) {
      done(error as Error);
    }
  });
  fastify.addHook('onSend', ({ raw }, reply, payload, done) => {
    const headers = answerHeaders(raw, () => ({
      contentType: textHeader(reply.getHeader('content-type')),
      body: bytesOf(payload),
    }));
    for (const name in headers) reply.header(name, headers[name] as string);
    done(null, payload);
  });
}

function installOnExpress(app: INestApplication, bodyLimit: number): void {
  (app.getHttpAdapter().getInstance() as { disable(setting: string): void }).disable('x-powered-by');
  app.use(expressMiddleware(bodyLimit));
}

function expressMiddleware(limit: number) {
  return (
    request: IncomingMessage & { body?: unknown },
    response: ServerResponse,
    next: ExpressNext,
  ): void => {
    signOnEnd(request, response);
    try {
      refuseUnreadable(request);
    } catch (error) {
      return next(error);
    }
    if (!announcesBody(request)) return next();
    read(request, limit).then(() => next(), next);
  };
}

async function read(request: IncomingMessage & { body?: unknown }, limit: number): Promise<void> {
  const bytes = await rawBody(request, { limit, length: request.headers['content-length'] ?? null });
  keepBody(request, bytes);
  request.body = parseBody(request.headers['content-type'], bytes);
}

/** Express ends every answer that is not a stream in one call, with all of its bytes. */
function signOnEnd(request: IncomingMessage, response: ServerResponse): void {
  const end = response.end.bind(response) as (...args: unknown[]) => ServerResponse;
  response.end = ((...args: unknown[]): ServerResponse => {
    if (!response.headersSent) {
      const answer = () => ({
        contentType: textHeader(response.getHeader('content-type')),
        body: typeof args[0] === 'function' ? Buffer.alloc(0) : bytesOf(args[0] ?? ''),
      });
      for (const [name, value] of Object.entries(answerHeaders(request, answer)))
        response.setHeader(name, value);
    }
    return end(...args);
  }) as ServerResponse['end'];
}

/** Before any parser, which may never run: Fastify has none for a GET. */
function refuseUnreadable(message: IncomingMessage): void {
  // RFC 9110 §15.5.15. Node refuses what is longer than 16 KiB with all the headers: 431.
  if ((message.url ?? '').length > LONGEST_TARGET)
    throw new SecurityProblem('uri_too_long', { reason: 'uri_too_long' });
  if (announcesBody(message)) refuseContentCoding(message.headers['content-encoding']);
}

const NO_HEADERS: Readonly<Record<string, string>> = Object.freeze({});

function answerHeaders(
  message: IncomingMessage,
  answer: () => OutboundAnswer,
): Readonly<Record<string, string>> {
  const { signAnswer, answerHeaders: noted = NO_HEADERS } = keptOf(message);
  return signAnswer ? { ...noted, ...signAnswer(answer()) } : noted;
}

function textHeader(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function bytesOf(payload: unknown): Uint8Array | undefined {
  if (payload === undefined || payload === null) return Buffer.alloc(0);
  if (typeof payload === 'string') return Buffer.from(payload);
  return payload instanceof Uint8Array ? payload : undefined;
}
