import { setTimeout as delay } from 'node:timers/promises';
import type { Prepared } from './bank-client.js';
import type { TokenClient } from './token-client.js';
import type { TokenCluster } from './token-cluster.js';

/** Everything that a thief of revoked credentials tries, at every node, without an end. */
export class RevokedLoad {
  tries = 0;
  /** Of each revocation, for how long after its answer a node still accepted: what was sent last and admitted. */
  private readonly acceptedForMs = new Map<TokenClient, number>();
  private readonly thieves: Promise<void>[] = [];
  private isOver = false;

  constructor(
    private readonly cluster: TokenCluster,
    private readonly pauseMs = 25,
  ) {}

  /** Once the revocation is answered. Of an access token that was revoked alone, the refresh token still holds. */
  steal(victim: TokenClient, revoked: 'access-token' | 'session'): void {
    const answeredAt = performance.now();
    this.acceptedForMs.set(victim, 0);
    const turns = [victim.prepareGet('/mine')];
    if (revoked === 'session') turns.push(victim.prepareRefresh());
    for (const node of this.cluster.nodes)
      this.thieves.push(this.use(turns, node, (acceptedAt) => this.note(victim, acceptedAt - answeredAt)));
  }

  async stop(): Promise<void> {
    this.isOver = true;
    await Promise.all(this.thieves);
  }

  get victims(): number {
    return this.acceptedForMs.size;
  }

  get longestAcceptedForMs(): number {
    return Math.max(0, ...this.acceptedForMs.values());
  }

  private note(victim: TokenClient, acceptedAfterMs: number): void {
    this.acceptedForMs.set(victim, Math.max(acceptedAfterMs, this.acceptedForMs.get(victim) ?? 0));
  }

  private async use(
    turns: readonly Prepared[],
    node: number,
    accepted: (sentAt: number) => void,
  ): Promise<void> {
    for (let turn = 0; !this.isOver; turn++) {
      const sentAt = performance.now();
      const prepared = turns[turn % turns.length] as Prepared;
      const answer = await this.cluster.send(node, prepared).catch(() => undefined);
      this.tries++;
      if (answer?.status === 200) accepted(sentAt);
      await delay(this.pauseMs);
    }
  }
}
