import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { OneAtATime } from '../../state/index.js';
import type { Chore } from './chore.js';
import { CleanerOptions } from './cleaner.options.js';

/** The name that nodes compete for. */
const CLEANING = 'cleaner';
/** Not while everything starts, and yet before a node that is restarted often is restarted again. */
const FIRST_AFTER_MS = 60_000;
/** Between two transactions, so that those who wait for the database come first. */
const PAUSE_MS = 50;

/**
 * Removes what has expired. Every node tries; of all of them one works at a time, in transactions of a thousand rows at
 * the most that wait for nobody. What fails is tried again next time: nothing is wrong but that it takes up room.
 */
@Injectable()
export class Cleaner implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('Portcullis');
  private readonly stopping = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private working: Promise<void> = Promise.resolve();

  constructor(
    private readonly chores: readonly Chore[],
    private readonly oneAtATime: OneAtATime,
    private readonly options: CleanerOptions,
  ) {}

  onApplicationBootstrap(): void {
    this.cleanAfter(Math.min(FIRST_AFTER_MS, this.options.everyMs));
  }

  /** Waits for the transaction that is running. */
  async onApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    clearTimeout(this.timer);
    await this.working;
  }

  /** Does every chore once, or stops where another node is at work. Never throws. */
  clean(): Promise<void> {
    const cleaned = this.working.then(() => this.doChores());
    this.working = cleaned;
    return cleaned;
  }

  private cleanAfter(ms: number): void {
    this.timer = setTimeout(() => {
      void this.clean().then(() => {
        if (!this.stopping.signal.aborted) this.cleanAfter(this.options.everyMs);
      });
    }, ms).unref();
  }

  private async doChores(): Promise<void> {
    for (const chore of this.chores) {
      // oxlint-disable-next-line no-await-in-loop -- one transaction at a time
      if ((await this.finish(chore)) === 'others-work') return;
    }
  }

  private async finish(chore: Chore): Promise<'done' | 'others-work'> {
    try {
      while (!this.stopping.signal.aborted) {
        // oxlint-disable-next-line no-await-in-loop -- one transaction at a time
        const removed = await this.removeSome(chore);
        if (removed === undefined) return 'others-work';
        if (removed === 0) return 'done';
        // oxlint-disable-next-line no-await-in-loop -- so that it is a pause
        await this.pause();
      }
    } catch (error) {
      // The class and no more: a message may quote what must not be logged.
      const name = error instanceof Error ? error.constructor.name : typeof error;
      this.logger.warn(`${chore.name} are not removed yet: ${name}`);
    }
    return 'done';
  }

  /** How many; undefined where another node is at work. */
  private async removeSome(chore: Chore): Promise<number | undefined> {
    let removed = 0;
    const isOurs = await this.oneAtATime.run(CLEANING, async () => {
      removed = await chore.removeSome();
    });
    return isOurs ? removed : undefined;
  }

  private async pause(): Promise<void> {
    await delay(PAUSE_MS, undefined, { signal: this.stopping.signal, ref: false }).catch(() => undefined);
  }
}
