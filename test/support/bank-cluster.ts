import { Agent } from 'node:http';
import type { AdminClient } from './admin-client.js';
import type { BankClient, Call, Prepared } from './bank-client.js';
import { BankProcess } from './bank-process.js';
import { freePort, newBankHome, type BankHome } from './bank.js';
import { OwnRedisServer } from './own-redis-server.js';
import { sendToPort, type PortAnswer } from './send-to-port.js';

const ADAPTERS = ['fastify', 'express', 'fastify'];

/** Three processes of one bank, on one database and one Redis. What is signed for it is valid at each of them. */
export class BankCluster {
  readonly nodes = ADAPTERS.map((_, node) => node);
  /** Idle connections end here first: one that the server just closes (Node does after 5 s) would fail whoever takes it. */
  private readonly agents = ADAPTERS.map(
    () => new Agent({ keepAlive: true, maxSockets: 20, timeout: 3_000 }),
  );

  private constructor(
    readonly redis: OwnRedisServer,
    private readonly home: BankHome,
    private readonly banks: readonly BankProcess[],
  ) {}

  /** All at once, on an empty database. */
  static async start(): Promise<BankCluster> {
    const redis = await OwnRedisServer.start();
    const home = await newBankHome();
    const ports = await Promise.all(ADAPTERS.map(freePort));
    const shared = { REDIS_URL: redis.url, PORTCULLIS_PUBLIC_ORIGINS: `http://127.0.0.1:${ports[0]}` };
    const banks = ADAPTERS.map((adapter, node) =>
      BankProcess.start({
        home,
        port: ports[node] as number,
        variables: { ...shared, HTTP_ADAPTER: adapter },
      }),
    );
    return new BankCluster(redis, home, await Promise.all(banks));
  }

  /** Administers over the first process. */
  get admin(): AdminClient {
    return (this.banks[0] as BankProcess).admin;
  }

  send(node: number, prepared: Prepared): Promise<PortAnswer> {
    return sendToPort((this.banks[node] as BankProcess).port, prepared, {
      agent: this.agents[node] as Agent,
    });
  }

  get(
    node: number,
    { client, path, ...call }: Call & { client: BankClient; path: string },
  ): Promise<PortAnswer> {
    return this.send(node, client.prepare('GET', path, call));
  }

  /** Resolves with the exit codes, and leaves nothing behind. */
  async stop(): Promise<(number | null)[]> {
    for (const agent of this.agents) agent.destroy();
    const codes = await Promise.all(this.banks.map((bank) => bank.stop()));
    await this.home.remove();
    await this.redis.end();
    return codes;
  }
}
