import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { Redis } from 'ioredis';
import type { Clock, ReplayJournal } from '../../pipeline/index.js';
import { defineScript, type Script } from './define-script.js';
import { RELEASE_LOCK, WRITE_EPOCH } from './claim-epoch.scripts.js';

export interface ClaimEpochOptions {
  readonly redis: Redis;
  readonly journal: ReplayJournal;
  readonly clock: Clock;
  readonly maxAheadMs: number;
  /** Names of everything that belongs to claims begin so. */
  readonly prefix: string;
}

/** Longer than a journal takes to answer; who holds the lock beyond it has to begin anew. */
const LOCK_MS = 5_000;
const TRIES = 100;
const PAUSE_MS = 50;

/**
 * The life of a memory of claims in Redis: the process it lives in, and what it cannot know because it came before.
 * Lost with the data, wrong after a restart or a failover; then one node begins the next one, and the others join it.
 */
export class ClaimEpoch {
  readonly key: string;
  private readonly lock: string;
  private readonly write: Script;
  private readonly release: Script;
  private readonly logger = new Logger('Portcullis');

  constructor(private readonly options: ClaimEpochOptions) {
    this.key = `${options.prefix}epoch`;
    this.lock = `${options.prefix}epoch:lock`;
    this.write = defineScript(options.redis, 'portcullisWriteEpoch', WRITE_EPOCH);
    this.release = defineScript(options.redis, 'portcullisReleaseLock', RELEASE_LOCK);
  }

  /**
   * Resolves when the epoch names this server, for a node that has joined already. A run id that has become wrong
   * meanwhile does no harm: no script will find it true, and the next commit begins again.
   */
  async attach(runId: string): Promise<void> {
    await this.inTurn(runId, async () => {
      const [server, forgottenUntil] = await this.read();
      return server === runId && forgottenUntil !== null;
    });
  }

  /** The same for a node that begins: whatever the epoch says, a process may have admitted for itself since. */
  async join(runId: string): Promise<void> {
    await this.inTurn(runId, async () => false);
  }

  private async inTurn(runId: string, isDone: () => Promise<boolean>): Promise<void> {
    for (let tries = 0; tries < TRIES; tries++) {
      // oxlint-disable no-await-in-loop -- one node does it, and the others wait for it
      if (await isDone()) return;
      if (await this.begin(runId)) return;
      await delay(PAUSE_MS);
      // oxlint-enable no-await-in-loop
    }
    throw new Error('Another node takes too long to begin the epoch');
  }

  private read(): Promise<(string | null)[]> {
    return this.options.redis.hmget(this.key, 'server', 'forgottenUntil');
  }

  private async begin(runId: string): Promise<boolean> {
    const token = randomUUID();
    if ((await this.options.redis.set(this.lock, token, 'PX', LOCK_MS, 'NX')) !== 'OK') return false;
    try {
      const forgottenUntil = await this.forgottenUntil(runId);
      if (forgottenUntil === undefined) return true;
      if ((await this.write([this.key, this.lock], [token, runId, forgottenUntil])) !== 1) return false;
      if (forgottenUntil > 0)
        this.logger.warn(
          `Claims issued until ${new Date(forgottenUntil).toISOString()} are refused: store_epoch_changed`,
        );
      return true;
    } finally {
      await this.release([this.lock], [token]).catch(() => undefined);
    }
  }

  /** Asked under the lock, or two nodes that start together would take each other for the past. Undefined: it stands. */
  private async forgottenUntil(runId: string): Promise<number | undefined> {
    const [server, before] = await this.read();
    const past = await this.options.journal.share();
    if (past !== 'single' && server === runId && before !== null) return undefined;
    if (past === 'nobody' && server === null) return 0;
    return Math.ceil(this.options.clock.now() + this.options.maxAheadMs);
  }
}
