import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { listenOnFreePort } from './listen-on-free-port.js';
import { SCOPE, type RefreshStack } from './refresh-stack.js';

/** As long as an access token is. */
const ACCESS_TOKEN = 'a'.repeat(560);

const newToken = () => randomBytes(32).toString('base64url');

function answer(response: ServerResponse, form: URLSearchParams): void {
  const grantType = form.get('grant_type');
  const isRefresh = grantType === 'refresh_token' && form.has('refresh_token');
  const isKnown = isRefresh || grantType === 'client_credentials';
  const body = isKnown
    ? {
        access_token: ACCESS_TOKEN,
        token_type: 'Bearer',
        expires_in: 300,
        ...(isRefresh && { refresh_token: newToken() }),
        scope: SCOPE,
      }
    : { error: 'invalid_request' };
  const text = JSON.stringify(body);
  response.writeHead(isKnown ? 200 : 400, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(text),
    'Cache-Control': 'no-store',
  });
  response.end(text);
}

/** node:http that reads the form and answers with as many bytes: nothing is issued, nothing kept. */
export async function start(): Promise<RefreshStack> {
  const port = await listenOnFreePort((request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => answer(response, new URLSearchParams(Buffer.concat(chunks).toString())));
  });
  return { port, serviceSecret: newToken(), mint: async (count) => Array.from({ length: count }, newToken) };
}
