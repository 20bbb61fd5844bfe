import { Agent, request, type IncomingHttpHeaders } from 'node:http';
import type { Prepared } from './bank-client.js';

export interface PortAnswer {
  readonly status: number;
  readonly code: string | undefined;
  readonly body: Record<string, unknown> & { id: string };
  readonly headers: IncomingHttpHeaders;
}

export interface PortOptions {
  readonly agent?: Agent;
  /** Whoever is not answered by then gives up. */
  readonly timeoutMs?: number;
}

/**
 * Sends a request to a port of this machine with the `Host` it was made for, which `fetch` would replace: one signed
 * request reaches every node. Throws when the connection ends without an answer.
 */
export function sendToPort(
  port: number,
  { url, init }: Prepared,
  { agent, timeoutMs = 20_000 }: PortOptions = {},
): Promise<PortAnswer> {
  const { host, pathname, search } = new URL(url);
  const { method, headers, body } = init;
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        host: '127.0.0.1',
        port,
        method,
        path: `${pathname}${search}`,
        headers: {
          host,
          ...headers,
          ...(body !== undefined && { 'content-length': Buffer.byteLength(body) }),
        },
        ...(agent && { agent }),
        signal: AbortSignal.timeout(timeoutMs),
      },
      (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        answer.on('error', reject);
        answer.on('end', () => {
          const parsed = (
            text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : {}
          ) as PortAnswer['body'];
          resolve({
            status: answer.statusCode ?? 0,
            code: parsed['code'] as string | undefined,
            body: parsed,
            headers: answer.headers,
          });
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}
