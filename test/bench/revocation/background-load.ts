import { setTimeout as delay } from 'node:timers/promises';
import { NODES, type Cluster } from './cluster.js';
import { headersOf, WATCHED_PATH, type Credential } from './credential.js';

const CALLERS_PER_NODE = 4;
const PAUSE_MS = 40;

/** Users whose sessions hold, who call every node without an end. */
export class BackgroundLoad {
  admitted = 0;
  /** Answers that were not 200: there should be none. */
  readonly refusals: string[] = [];
  private readonly startedAt = performance.now();
  private isOver = false;
  private readonly callers: Promise<unknown>;

  constructor(
    private readonly cluster: Cluster,
    private credentials: readonly Credential[],
  ) {
    const all = NODES.flatMap((node) =>
      Array.from({ length: CALLERS_PER_NODE }, (_, caller) => this.call(node, caller)),
    );
    this.callers = Promise.all(all);
  }

  get perSecond(): number {
    return (this.admitted * 1000) / (performance.now() - this.startedAt);
  }

  /** From now on with these: an access token lives five minutes. */
  use(credentials: readonly Credential[]): void {
    this.credentials = credentials;
  }

  async stop(): Promise<void> {
    this.isOver = true;
    await this.callers;
  }

  private async call(node: number, caller: number): Promise<void> {
    for (let turn = caller; !this.isOver; turn++) {
      const credential = this.credentials[turn % this.credentials.length] as Credential;
      const headers = headersOf(credential);
      // oxlint-disable-next-line no-await-in-loop -- each caller waits for the answer
      const { status, code } = await this.cluster.ask(node, { method: 'GET', path: WATCHED_PATH, headers });
      if (status === 200) this.admitted++;
      else this.refusals.push(`${status} ${String(code)}`);
      // oxlint-disable-next-line no-await-in-loop -- a steady rate
      await delay(PAUSE_MS);
    }
  }
}
