import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Credentials } from '@portcullis/wire';
import type { CallerFacts } from './facts.js';
import type { InboundBody } from './inbound-request.js';
import type { LayerName } from './layer-order.js';
import type { AnswerSigner } from './security-layer.js';

/** What this library keeps about a message. */
interface Kept {
  id: string;
  body?: Uint8Array;
  admission?: CallerFacts | Promise<CallerFacts>;
  /** Of layers that somebody asked for one by one. */
  layers?: Map<LayerName, CallerFacts | Promise<CallerFacts>>;
  caller?: CallerFacts;
  basic?: Credentials['basic'];
  signAnswer?: AnswerSigner;
  answerHeaders?: Record<string, string>;
}

/**
 * Under a symbol that nobody else has: no body, query or header can forge it. A weak map would keep it apart, and cost
 * every collection of garbage a walk through all messages that are under way.
 */
const KEPT = Symbol('portcullis:kept');

/** Node's message behind an Express or a Fastify request. */
export function messageOf(request: unknown): IncomingMessage {
  const raw = (request as { raw?: IncomingMessage }).raw;
  return raw ?? (request as IncomingMessage);
}

export function keptOf(message: IncomingMessage): Kept {
  return ((message as { [KEPT]?: Kept })[KEPT] ??= { id: randomUUID() });
}

/** Headers that the answer to a message will have, whoever writes it, a refusal as well. */
export function noteAnswerHeaders(message: IncomingMessage, headers: Readonly<Record<string, string>>): void {
  const kept = keptOf(message);
  kept.answerHeaders = { ...kept.answerHeaders, ...headers };
}

/** Called by a body parser with the bytes as they were received. */
export function keepBody(message: IncomingMessage, bytes: Uint8Array): void {
  keptOf(message).body = bytes;
}

/** RFC 9112 §6.3: a request has a body when Content-Length or Transfer-Encoding says so. */
export function announcesBody(message: IncomingMessage): boolean {
  if (message.headers['transfer-encoding'] !== undefined) return true;
  const length = message.headers['content-length'];
  return length !== undefined && !/^0+$/.test(length);
}

export function bodyOf(message: IncomingMessage): InboundBody {
  const bytes = keptOf(message).body;
  if (bytes) return bytes.byteLength === 0 ? { kind: 'none' } : { kind: 'bytes', bytes };
  return announcesBody(message) ? { kind: 'unread' } : { kind: 'none' };
}
