import { connect, type Socket } from 'node:net';
import type { SignedRequest } from './sign-requests.js';

export interface Answer {
  readonly status: number;
  readonly head: string;
  readonly body: Buffer;
}

const HEAD_END = Buffer.from('\r\n\r\n');
const NOTHING = Buffer.alloc(0);

function readAnswer(received: Buffer): Answer | undefined {
  const headEnd = received.indexOf(HEAD_END);
  if (headEnd < 0) return undefined;
  const head = received.toString('latin1', 0, headEnd);
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  if (length === undefined) throw new Error(`an answer has no length: ${head}`);
  const start = headEnd + HEAD_END.length;
  const end = start + Number(length);
  if (received.length < end) return undefined;
  return { status: Number(head.slice(9, 12)), head, body: received.subarray(start, end) };
}

/** One keep-alive connection with one request on its way; no client library, which would cost more than the server. */
export class Connection {
  private received: Buffer = NOTHING;
  private waiting: { resolve: (answer: Answer) => void; reject: (error: Error) => void } | undefined;

  private constructor(private readonly socket: Socket) {
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.take(chunk));
    socket.on('error', (error) => this.waiting?.reject(error));
    socket.on('close', () => this.waiting?.reject(new Error('the server closed the connection')));
  }

  static open(port: number): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('error', reject);
      socket.once('connect', () => resolve(new Connection(socket)));
    });
  }

  send({ bytes }: Pick<SignedRequest, 'bytes'>): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject };
      this.socket.write(bytes);
    });
  }

  close(): void {
    this.waiting = undefined;
    this.socket.destroy();
  }

  private take(chunk: Buffer): void {
    this.received = this.received.length === 0 ? chunk : Buffer.concat([this.received, chunk]);
    try {
      const answer = readAnswer(this.received);
      if (!answer) return;
      this.received = NOTHING;
      this.waiting?.resolve(answer);
    } catch (error) {
      this.waiting?.reject(error as Error);
    }
  }
}
