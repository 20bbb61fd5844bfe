import { setTimeout as delay } from 'node:timers/promises';
import type { PortAnswer } from './send-to-port.js';
import type { TokenClient } from './token-client.js';
import type { TokenCluster } from './token-cluster.js';

export interface TokenLoadOptions {
  readonly cluster: TokenCluster;
  readonly phones: readonly TokenClient[];
  /** How often each phone with tokens takes new ones; it does not wait until the old ones are over. */
  readonly refreshEveryMs: number;
  readonly pauseMs?: number;
  /** What else may be answered, such as `503` while something is away. */
  readonly mayAlsoAnswer?: readonly number[];
  readonly paths?: readonly string[];
  /** Called with every access token that was issued. */
  readonly onIssued?: (phone: TokenClient) => unknown;
}

/** Phones that call every node in turn and refresh as they go, as an app does: what was not answered is asked again. */
export class TokenLoad {
  /** How often each answer was given, by status. */
  readonly answers = new Map<string, number>();
  /** Answers that no phone should have got. */
  readonly wrongful: string[] = [];
  refreshes = 0;
  private isOver = false;
  private phones: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: TokenLoadOptions) {}

  start(): void {
    this.phones = Promise.all(this.options.phones.map((phone, at) => this.live(phone, at)));
  }

  async stop(): Promise<void> {
    this.isOver = true;
    await this.phones;
  }

  get summary(): string {
    const told = [...this.answers].map(([answer, count]) => `${count} × ${answer}`).join(', ');
    return `${told}; ${this.refreshes} refreshes`;
  }

  private async live(phone: TokenClient, at: number): Promise<void> {
    const { cluster, refreshEveryMs, pauseMs = 20, paths = ['/mine'], onIssued } = this.options;
    let refreshAt = performance.now() + refreshEveryMs * (0.5 + Math.random());
    for (let turn = at; !this.isOver; turn++) {
      const node = turn % cluster.nodes.length;
      const isDue = phone.sessionKey === undefined && performance.now() > refreshAt;
      const path = paths[turn % paths.length] as string;
      const prepared = isDue ? phone.prepareRefresh() : phone.prepareGet(path);
      const answer = await cluster.send(node, prepared).catch(() => undefined);
      this.note(isDue ? 'refresh' : path, answer);
      if (isDue && answer?.status === 200) {
        phone.take(answer);
        await onIssued?.(phone);
        this.refreshes++;
        refreshAt = performance.now() + refreshEveryMs * (0.5 + Math.random());
      }
      await delay(pauseMs);
    }
  }

  private note(what: string, answer: PortAnswer | undefined): void {
    const status = answer?.status ?? 0;
    const told = `${status} ${what}`;
    this.answers.set(told, (this.answers.get(told) ?? 0) + 1);
    if (status === 200 || this.options.mayAlsoAnswer?.includes(status)) return;
    this.wrongful.push(`${told}: ${answer?.code ?? String(answer?.body['error'])}`);
  }
}
