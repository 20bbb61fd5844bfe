import { createHash, createHmac, createSecretKey, timingSafeEqual, type KeyObject } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { acceptTransfer, listAccounts, type Transfer } from '../bank.js';
import { AUDIENCE, Issuers, ORIGIN, SCOPES, TOKEN_ISSUER } from '../issuers.js';
import { Nonces } from '../nonces.js';
import type { StackOptions } from './stack.js';

/**
 * The checks as somebody who knows them writes them by hand for one API: node:http and node:crypto, no framework, no
 * options. Not faster than it is plain.
 */

interface App {
  readonly id: string;
  readonly signingKey: KeyObject;
  readonly integrityKey: KeyObject;
  readonly scopes: readonly string[];
}

interface Admitted {
  readonly app: App;
  readonly hawk: Record<string, string>;
  readonly userId: string;
}

const SIGNATURE_AGE_SECONDS = 60;
const SIGNATURE_AHEAD_SECONDS = 10;
const SKEW_SECONDS = 5;
const MOST_BODY_BYTES = 1_048_576;
const JSON_TYPE = 'application/json; charset=utf-8';
const ATTRIBUTE = /([a-z]+)="([^"\\]*)"(?:,\s*|$)/g;

class Refused extends Error {
  constructor(readonly status: number) {
    super('refused');
  }
}

function equal(expected: string, given: string): boolean {
  const left = Buffer.from(expected);
  const right = Buffer.from(given);
  return left.length === right.length && timingSafeEqual(left, right);
}

function hmac(key: KeyObject, text: string, encoding: 'base64' | 'base64url'): string {
  return createHmac('sha256', key).update(text).digest(encoding);
}

function payloadHash(contentType: string, body: Buffer | string): string {
  const mediaType = contentType.split(';', 1)[0]?.trim().toLowerCase();
  const hash = createHash('sha256').update(`hawk.1.payload\n${mediaType}\n`);
  return hash.update(body).update('\n').digest('base64');
}

function parseHawk(header: string | undefined): Record<string, string> {
  if (header === undefined || !/^hawk /i.test(header)) throw new Refused(401);
  const attributes: Record<string, string> = {};
  for (const [, name = '', value = ''] of header.slice(5).matchAll(ATTRIBUTE)) {
    if (name in attributes) throw new Refused(401);
    attributes[name] = value;
  }
  return attributes;
}

function normalised(
  type: 'header' | 'response',
  request: IncomingMessage,
  hawk: Record<string, string>,
): string {
  const { ts, nonce, hash = '', ext = '' } = hawk;
  return `hawk.1.${type}\n${ts}\n${nonce}\n${request.method}\n${request.url}\n${ORIGIN.host}\n${ORIGIN.port}\n${hash}\n${ext}\n`;
}

function checkHawk(request: IncomingMessage, body: Buffer, app: App, hawk: Record<string, string>): void {
  if (request.headers.host !== ORIGIN.host) throw new Refused(401);
  if (
    !hawk['nonce'] ||
    !equal(hmac(app.signingKey, normalised('header', request, hawk), 'base64'), hawk['mac'] ?? '')
  )
    throw new Refused(401);
  if (body.length > 0 && !equal(payloadHash(request.headers['content-type'] ?? '', body), hawk['hash'] ?? ''))
    throw new Refused(401);
  const age = Date.now() / 1000 - Number(hawk['ts']);
  if (!(age <= SIGNATURE_AGE_SECONDS && age >= -SIGNATURE_AHEAD_SECONDS)) throw new Refused(401);
}

function claimsOf(token: string, key: KeyObject, type: string): Record<string, unknown> {
  const [header = '', payload = '', signature = '', more] = token.split('.');
  if (more !== undefined || !equal(hmac(key, `${header}.${payload}`, 'base64url'), signature))
    throw new Refused(401);
  const { alg, typ } = JSON.parse(Buffer.from(header, 'base64url').toString()) as Record<string, unknown>;
  if (alg !== 'HS256' || typ !== type) throw new Refused(401);
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
  const { iat, exp } = claims;
  const now = Date.now() / 1000;
  if (typeof exp !== 'number' || exp <= now - SKEW_SECONDS) throw new Refused(401);
  if (typeof iat !== 'number' || iat > now + SKEW_SECONDS) throw new Refused(401);
  return claims;
}

class Bank {
  private readonly nonces = new Nonces((SIGNATURE_AGE_SECONDS + SIGNATURE_AHEAD_SECONDS + 1) * 1000);

  constructor(
    private readonly apps: ReadonlyMap<string, App>,
    private readonly userKey: KeyObject,
  ) {}

  handle(request: IncomingMessage, response: ServerResponse, body: Buffer): void {
    try {
      const { method, url } = request;
      if (method === 'GET' && url === '/accounts') {
        const admitted = this.admit(request, body, 'accounts:read');
        return this.answer(request, response, 200, listAccounts(admitted.userId), admitted);
      }
      if (method === 'POST' && url === '/transfers') {
        const admitted = this.admit(request, body, 'transfers:write');
        const transfer = JSON.parse(body.toString()) as Transfer;
        return this.answer(request, response, 201, acceptTransfer(admitted.userId, transfer), admitted);
      }
      throw new Refused(404);
    } catch (error) {
      response.writeHead(error instanceof Refused ? error.status : 400, { 'Content-Length': 0 }).end();
    }
  }

  private admit(request: IncomingMessage, body: Buffer, scope: string): Admitted {
    const { headers } = request;
    const hawk = parseHawk(headers['x-app-authorization'] as string | undefined);
    const app = this.apps.get(hawk['id'] ?? '');
    if (!app) throw new Refused(401);
    checkHawk(request, body, app, hawk);
    const integrity = claimsOf(String(headers['x-integrity-token']), app.integrityKey, 'integrity+jwt');
    if (integrity['sub'] !== app.id) throw new Refused(401);
    const [scheme = '', bearer = ''] = (headers.authorization ?? '').split(' ');
    if (scheme.toLowerCase() !== 'bearer') throw new Refused(401);
    const user = claimsOf(bearer, this.userKey, 'at+jwt');
    if (user['iss'] !== TOKEN_ISSUER || user['aud'] !== AUDIENCE) throw new Refused(401);
    if (user['client_id'] !== app.id) throw new Refused(403);
    if (typeof user['sub'] !== 'string' || user['sub'] === user['client_id']) throw new Refused(401);
    const granted = String(user['scope'] ?? '').split(' ');
    if (!app.scopes.includes(scope) || !granted.includes(scope)) throw new Refused(403);
    if (!this.nonces.claim(`${app.id} ${hawk['nonce']}`)) throw new Refused(401);
    return { app, hawk, userId: user['sub'] };
  }

  private answer(
    request: IncomingMessage,
    response: ServerResponse,
    status: number,
    value: unknown,
    { app, hawk }: Admitted,
  ): void {
    const text = JSON.stringify(value);
    const hash = payloadHash(JSON_TYPE, text);
    const mac = hmac(app.signingKey, normalised('response', request, { ...hawk, hash, ext: '' }), 'base64');
    response.writeHead(status, {
      'Content-Type': JSON_TYPE,
      'Content-Length': Buffer.byteLength(text),
      'Server-Authorization': `Hawk mac="${mac}", hash="${hash}"`,
    });
    response.end(text);
  }
}

export async function start({ seed, appCount }: StackOptions): Promise<number> {
  const issuers = new Issuers(seed);
  const apps = new Map<string, App>();
  for (let index = 0; index < appCount; index++) {
    const { id, signing, integrity } = issuers.app(index);
    const signingKey = createSecretKey(Buffer.from(signing));
    apps.set(id, { id, signingKey, integrityKey: createSecretKey(integrity), scopes: SCOPES });
  }
  const bank = new Bank(apps, createSecretKey(issuers.userSecret()));
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > MOST_BODY_BYTES) return request.destroy();
      chunks.push(chunk);
    });
    request.on('end', () => bank.handle(request, response, Buffer.concat(chunks)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}
