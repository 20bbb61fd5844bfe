import { request, type Agent } from 'node:http';

export interface Asked {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: object;
}

export interface Told {
  readonly status: number;
  readonly code: unknown;
  readonly body: Record<string, unknown>;
}

/** One request to a port of this machine over a connection that is kept. */
export function ask(port: number, agent: Agent, { method, path, headers, body }: Asked): Promise<Told> {
  const text = body === undefined ? '' : JSON.stringify(body);
  const sent = {
    ...headers,
    ...(body !== undefined && { 'content-type': 'application/json' }),
    'content-length': Buffer.byteLength(text),
  };
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port, agent, method, path, headers: sent }, (answer) => {
      let received = '';
      answer.setEncoding('utf8').on('data', (chunk: string) => (received += chunk));
      answer.on('error', reject);
      answer.on('end', () => {
        const parsed = (received === '' ? {} : JSON.parse(received)) as Record<string, unknown>;
        resolve({ status: answer.statusCode ?? 0, code: parsed['code'], body: parsed });
      });
    });
    outgoing.on('error', reject);
    outgoing.end(text);
  });
}
