import { connect, type Socket } from 'node:net';

export interface KeptAnswer {
  /** 0 when the connection ended without an answer. */
  readonly status: number;
  readonly code: string | undefined;
  /** Status line, headers and body. */
  readonly text: string;
}

export interface KeptRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body?: Buffer;
}

/** Header values are bytes: written as Latin-1, as Node reads them. */
export function requestBytes({ method, target, headers, body = Buffer.alloc(0) }: KeptRequest): Buffer {
  const head = [
    `${method} ${target} HTTP/1.1`,
    ...headers.map(([name, value]) => `${name}: ${value}`),
    '',
    '',
  ];
  return Buffer.concat([Buffer.from(head.join('\r\n'), 'latin1'), body]);
}

/** Where the first answer in the text ends, or undefined while it is not complete. */
function endOfAnswer(text: string, method: string): number | undefined {
  const headers = text.indexOf('\r\n\r\n') + 4;
  if (headers < 4) return undefined;
  const head = text.slice(0, headers);
  const status = Number(head.slice(9, 12));
  if (status === 204 || status === 304 || method === 'HEAD') return headers;
  if (/\r\ntransfer-encoding: chunked\r\n/i.test(head)) {
    const end = text.indexOf('\r\n0\r\n\r\n', headers - 2);
    return end < 0 ? undefined : end + 7;
  }
  const length = /\r\ncontent-length: (\d+)\r\n/i.exec(head)?.[1];
  if (length === undefined) return undefined;
  const end = headers + Number(length);
  return text.length < end ? undefined : end;
}

/** Sends bytes as they are, one request after another over one connection, and connects anew when that is closed. */
export class KeptConnection {
  private socket: Socket | undefined;

  constructor(private readonly port: number) {}

  ask(request: KeptRequest): Promise<KeptAnswer> {
    return this.send(requestBytes(request), request.method);
  }

  /** `method`: how the answer is read. */
  async send(bytes: Buffer, method = 'GET'): Promise<KeptAnswer> {
    const isKept = this.socket !== undefined && !this.socket.destroyed;
    const answer = await this.once(bytes, method);
    // A server that could not read a request closes without saying so: what came next was never received.
    return answer.status === 0 && isKept ? this.once(bytes, method) : answer;
  }

  close(): void {
    this.socket?.destroy();
    this.socket = undefined;
  }

  private once(bytes: Buffer, method: string): Promise<KeptAnswer> {
    if (this.socket?.destroyed) this.socket = undefined;
    const socket = (this.socket ??= connect(this.port, '127.0.0.1').setNoDelay(true));
    return new Promise((resolve) => {
      let text = '';
      const finish = (): void => {
        socket.removeAllListeners();
        socket.on('error', () => socket.destroy());
        if (socket.destroyed || text === '' || /\r\nconnection: close\r\n/i.test(text)) this.close();
        const code = /"code":"(\w+)"/.exec(text)?.[1];
        resolve({ status: Number(text.slice(9, 12)), code, text });
      };
      socket.setTimeout(10_000, () => socket.destroy());
      socket.on('data', (chunk) => {
        text += chunk.toString('latin1');
        if (endOfAnswer(text, method) !== undefined) finish();
      });
      socket.on('error', () => socket.destroy());
      socket.on('close', finish);
      socket.write(bytes);
    });
  }
}
