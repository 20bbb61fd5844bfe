import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { acceptTransfer, CUSTOMER, listAccounts, type Transfer } from '../bank.js';

function answer(response: ServerResponse, status: number, value: unknown): void {
  const text = JSON.stringify(value);
  response.writeHead(status, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(text),
  });
  response.end(text);
}

function handle(request: IncomingMessage, response: ServerResponse, body: Buffer): void {
  if (request.method === 'GET' && request.url === '/accounts')
    return answer(response, 200, listAccounts(CUSTOMER));
  if (request.method === 'POST' && request.url === '/transfers')
    return answer(response, 201, acceptTransfer(CUSTOMER, JSON.parse(body.toString()) as Transfer));
  return answer(response, 404, {});
}

/** node:http, the same answers, no checks: what the floor's own cost is counted from. */
export async function start(): Promise<number> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => handle(request, response, Buffer.concat(chunks)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}
