import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** What PostgreSQL says of an UPDATE that is committed and changed one row (protocol 3.0, CommandComplete). */
const COMMITTED = 'UPDATE 1\0';

/**
 * Between nodes and their PostgreSQL. Once it is armed it cuts the first connection over which the server tells that a row
 * with this text in it was changed, and the node never hears: it cannot know whether it was.
 */
export class CuttingLine {
  /** How many connections it has cut. */
  cuts = 0;
  private armedFor: string | undefined;
  private readonly lines = new Set<() => void>();

  private constructor(
    private readonly listener: Server,
    readonly url: string,
  ) {}

  static async to(databaseUrl: string): Promise<CuttingLine> {
    const target = new URL(databaseUrl);
    const listener = createServer();
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    const through = new URL(databaseUrl);
    through.host = `127.0.0.1:${(listener.address() as AddressInfo).port}`;
    const line = new CuttingLine(listener, through.href);
    listener.on('connection', (node) =>
      line.join(node, connect(Number(target.port || 5432), target.hostname)),
    );
    return line;
  }

  /** Cuts once. */
  arm(text: string): void {
    this.armedFor = text;
  }

  get isArmed(): boolean {
    return this.armedFor !== undefined;
  }

  async stop(): Promise<void> {
    for (const hangUp of this.lines) hangUp();
    await new Promise((resolve) => this.listener.close(resolve));
  }

  private join(node: Socket, server: Socket): void {
    const hangUp = () => {
      node.destroy();
      server.destroy();
      this.lines.delete(hangUp);
    };
    this.lines.add(hangUp);
    for (const end of [node, server]) end.on('error', hangUp).on('close', hangUp);
    node.on('data', (chunk) => server.write(chunk));
    server.on('data', (chunk) => {
      const isIt = this.armedFor !== undefined && chunk.includes(COMMITTED) && chunk.includes(this.armedFor);
      if (!isIt) return node.write(chunk);
      this.armedFor = undefined;
      this.cuts++;
      return hangUp();
    });
  }
}
