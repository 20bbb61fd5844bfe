import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net';

export interface StrangeServer {
  readonly url: string;
  /** Paths that it was asked for. */
  readonly asked: string[];
  stop(): Promise<void>;
}

/** Something that listens where the administration interface should be. */
export async function strangeServer(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<StrangeServer> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    answer(request, response);
  });
  return listening(server, 'http', asked);
}

/** The same below HTTP. */
export async function strangeSocket(answer: (socket: Socket) => void): Promise<StrangeServer> {
  const server = createTcpServer((socket) => {
    socket.on('error', () => undefined);
    answer(socket);
  });
  return listening(server, 'http', []);
}

export async function listening(server: Server, scheme: string, asked: string[]): Promise<StrangeServer> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function answerJson(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
