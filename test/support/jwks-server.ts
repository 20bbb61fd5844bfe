import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Answer = (response: ServerResponse) => unknown;

/** Answers with a key set document, or any other value, as JSON. */
export function json(value: unknown, status = 200): Answer {
  return (response) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

/** An issuer's key set endpoint, which can be made to misbehave; counts who asks. */
export class JwksServer {
  requests = 0;
  /** Connections whose answers were broken off by the other side. */
  brokenOff = 0;
  private server: Server | undefined;
  private port = 0;

  constructor(public answer: Answer) {}

  get url(): string {
    return `http://127.0.0.1:${this.port}/jwks`;
  }

  /** On the port that it had before. */
  async up(): Promise<void> {
    this.server = createServer((_request, response) => {
      this.requests++;
      response.on('close', () => {
        if (!response.writableEnded) this.brokenOff++;
      });
      this.answer(response);
    });
    await new Promise<void>((resolve) => this.server?.listen(this.port, '127.0.0.1', resolve));
    this.port = (this.server.address() as AddressInfo).port;
  }

  async down(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    await new Promise<void>((resolve) => {
      if (!server) return resolve();
      server.close(() => resolve());
      server.closeAllConnections();
    });
  }
}
