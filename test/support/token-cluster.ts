import { randomBytes } from 'node:crypto';
import { Agent } from 'node:http';
import type { TokenHostOptions } from '../bench/stacks/token-host.js';
import type { AdminClient } from './admin-client.js';
import { freePort } from './bank.js';
import type { Prepared } from './bank-client.js';
import { noteSecret } from './log-book.js';
import { sendToPort, type PortAnswer } from './send-to-port.js';
import { TokenHostProcess } from './token-host-process.js';

export interface TokenClusterOptions {
  readonly databaseUrl: string;
  readonly redisUrl?: string | undefined;
  readonly options?: NonNullable<TokenHostOptions['options']>;
  readonly oauth?: TokenHostOptions['oauth'];
}

const NODES = [0, 1, 2];
const CONNECTIONS = 40;

/** Three processes that issue tokens, on one database. What one has issued is valid at each of them. */
export class TokenCluster {
  readonly nodes = NODES;
  private readonly agents = NODES.map(() => new Agent({ keepAlive: true, maxSockets: CONNECTIONS }));

  private constructor(
    readonly hosts: readonly TokenHostProcess[],
    /** Of all of them, as text. */
    readonly keyRing: string,
  ) {}

  static async start(given: TokenClusterOptions): Promise<TokenCluster> {
    const ports = await Promise.all(NODES.map(freePort));
    const shared = {
      ...given,
      origin: `http://127.0.0.1:${ports[0]}`,
      adminKey: noteSecret(randomBytes(32).toString('base64url')),
      keyRing: noteSecret(randomBytes(32).toString('base64url')),
    };
    const hosts = ports.map((port) => new TokenHostProcess({ ...shared, port }));
    await Promise.all(hosts.map((host) => host.run()));
    return new TokenCluster(hosts, shared.keyRing);
  }

  /** Administers over the first process. */
  get admin(): AdminClient {
    return (this.hosts[0] as TokenHostProcess).admin;
  }

  send(node: number, prepared: Prepared, timeoutMs?: number): Promise<PortAnswer> {
    const agent = this.agents[node] as Agent;
    const options = timeoutMs === undefined ? { agent } : { agent, timeoutMs };
    return sendToPort((this.hosts[node] as TokenHostProcess).port, prepared, options);
  }

  /** Resolves with the exit codes. */
  async stop(): Promise<(number | null)[]> {
    for (const agent of this.agents) agent.destroy();
    return Promise.all(this.hosts.map((host) => host.stop()));
  }
}
