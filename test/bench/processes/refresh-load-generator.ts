import type { LoadResult } from '../load/run-load.js';
import type { RefreshLoadOrder } from '../refresh/generate.js';
import type { RefreshRun } from '../refresh/refresh-load.js';
import type { ServiceRun } from '../refresh/service-load.js';
import { Child, LOAD_CORE } from './child.js';

/** The process that sends refreshes. */
export class RefreshLoadGenerator {
  private readonly child = Child.start({ module: '../refresh/generate.js', core: LOAD_CORE });

  /** Throws when one is refused. */
  run(run: RefreshRun): Promise<LoadResult> {
    return this.ask({ do: 'run', ...run });
  }

  /** Throws when one is refused. */
  runService(run: ServiceRun): Promise<LoadResult> {
    return this.ask({ do: 'run-service', ...run });
  }

  /** Throws when a server does less than the others. */
  async checkService(run: ServiceRun): Promise<void> {
    await this.ask({ do: 'check-service', ...run });
  }

  /** Throws when a server does less than the others. */
  async check(port: number, refreshToken: string): Promise<void> {
    await this.ask({ do: 'check', port, refreshToken });
  }

  stop(): Promise<void> {
    return this.child.stop();
  }

  private async ask<T>(order: RefreshLoadOrder): Promise<T> {
    const { result, error } = await this.child.ask<{ result: T; error?: string }>(order);
    if (error !== undefined) throw new Error(error);
    return result;
  }
}
