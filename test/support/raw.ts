import { connect } from 'node:net';

/** Sends bytes as they are and gives back the whole answer: what no well-behaved client would send. */
export function raw(
  port: number,
  bytes: string | Buffer,
): Promise<{ status: number; code: string | undefined; text: string }> {
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    socket.setTimeout(5000, () => socket.destroy());
    socket.on('data', (chunk) => (text += chunk.toString('latin1')));
    socket.on('error', reject);
    socket.on('close', () =>
      resolve({ status: Number(text.slice(9, 12)), code: /"code":"(\w+)"/.exec(text)?.[1], text }),
    );
  });
}

/** A request of which every header line is given; the connection closes after the answer. */
export function lines(method: string, target: string, headers: readonly string[], body = ''): string {
  return [`${method} ${target} HTTP/1.1`, ...headers, 'Connection: close', '', body].join('\r\n');
}
