import type { BearerOrder } from '../load/bearer-requests.js';
import type { LoadOrder } from '../load/generate.js';
import type { LoadResult } from '../load/run-load.js';
import type { SigningOrder } from '../load/sign-requests.js';
import { Child, LOAD_CORE } from './child.js';

/** The process that signs and sends requests. */
export class LoadGenerator {
  private readonly child = Child.start({ module: '../load/generate.js', core: LOAD_CORE });

  async sign(batch: string, order: SigningOrder): Promise<void> {
    await this.ask({ do: 'sign', batch, order });
  }

  async bear(batch: string, order: BearerOrder): Promise<void> {
    await this.ask({ do: 'bear', batch, order });
  }

  /** Throws when an answer is not what it should be. */
  run(batch: string, port: number): Promise<LoadResult> {
    return this.ask({ do: 'run', batch, port });
  }

  /** Throws when a server admits what it should refuse. */
  async check(port: number, order: SigningOrder): Promise<void> {
    await this.ask({ do: 'check', port, order });
  }

  stop(): Promise<void> {
    return this.child.stop();
  }

  private async ask<T>(order: LoadOrder): Promise<T> {
    const { result, error } = await this.child.ask<{ result: T; error?: string }>(order);
    if (error !== undefined) throw new Error(error);
    return result;
  }
}
